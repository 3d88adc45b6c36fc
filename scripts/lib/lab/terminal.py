"""A program that wants a terminal, inside a private tmux."""

import os

from .place import Place, is_running, until


class Terminal:
    """`name`: its directory in the place, which is its home, too."""

    def __init__(self, place: Place, name: str):
        self._place = place
        self.folder = place.directory(name)
        self._socket = os.path.join(self.folder, "tmux")
        self._server: int | None = None

    def open(self, command: str, environment: dict[str, str] | None = None) -> None:
        """Runs `command` with a screen of 120 by 40; the terminal ends with it."""
        environment = {**os.environ, "HOME": self.folder, "TERM": "xterm", "LC_ALL": "C.UTF-8",
                       **(environment or {})}
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40",
                   f"exec {command}", env=environment)
        self._server = int(self._tmux("display-message", "-p", "#{pid}").stdout)
        self._place.on_leaving(self.stop)

    def _tmux(self, *arguments, **more):
        return self._place.run(["tmux", "-S", self._socket, *arguments], seconds=20, **more)

    @property
    def running(self) -> bool:
        return self._server is not None and is_running(self._server)

    def type(self, line: str):
        """A line for its prompt, and Enter."""
        self._tmux("send-keys", "-l", line)
        self._tmux("send-keys", "Enter")

    def screen(self) -> str:
        """What it shows; nothing when it has ended."""
        return self._tmux("capture-pane", "-p", check=False).stdout

    def stop(self):
        if self.running:
            server = self._server
            self._tmux("kill-server", check=False)
            until(lambda: not is_running(server), 10, "tmux to end")
        self._server = None
