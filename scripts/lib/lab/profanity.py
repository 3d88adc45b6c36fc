"""Profanity, a real terminal client that follows redirects by itself, inside a private tmux."""

import os

from .certificates import Authority
from .place import Place, is_running, until

# Profanity follows a redirect only with a saved account.
ACCOUNTS = """[{user}]
enabled=true
jid={user}
server={host}
port={port}
resource=profanity
password={password}
tls.policy={policy}
"""

PREFERENCES = """[connection]
tls.certpath={trusted}

[notifications]
message=false
"""


class Profanity:
    """One client with one account. `policy`: `force` is STARTTLS, `legacy` is direct TLS (0.13's word for it)."""

    def __init__(self, place: Place, user: str, password: str, port: int, policy: str,
                 authority: Authority, host: str = "127.0.0.1"):
        name = f"profanity-{user.split('@')[0]}-{policy}"
        self._place = place
        self._folder = place.directory(name)
        self._socket = os.path.join(self._folder, "tmux")
        place.file(f"{name}/data/profanity/accounts", ACCOUNTS.format(
            user=user, host=host, port=port, password=password, policy=policy))
        place.file(f"{name}/config/profanity/profrc",
                   PREFERENCES.format(trusted=authority.root_directory))
        self._user = user

    def start(self):
        environment = {
            **os.environ,
            "HOME": self._folder,
            "XDG_CONFIG_HOME": f"{self._folder}/config",
            "XDG_DATA_HOME": f"{self._folder}/data",
            "TERM": "xterm",
            "LC_ALL": "C.UTF-8",
        }
        command = f"exec profanity --log DEBUG --account {self._user}"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", command,
                   env=environment)
        self._server = int(self._tmux("display-message", "-p", "#{pid}").stdout)
        self._place.on_leaving(self.stop)
        return self

    def _tmux(self, *arguments, **more):
        return self._place.run(["tmux", "-S", self._socket, *arguments], seconds=20, **more)

    def type(self, line: str):
        """A line for its prompt, and Enter."""
        self._tmux("send-keys", "-l", line)
        self._tmux("send-keys", "Enter")

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p").stdout

    @property
    def log(self) -> str:
        logs = os.path.join(self._folder, "data/profanity/logs")
        text = ""
        for name in sorted(os.listdir(logs)) if os.path.isdir(logs) else []:
            path = os.path.join(logs, name)
            if os.path.isfile(path):
                with open(path, errors="replace") as file:
                    text += file.read()
        return text

    def stop(self):
        if self._server and is_running(self._server):
            self._tmux("kill-server", check=False)
            until(lambda: not is_running(self._server), 10, "tmux to end")
        self._server = None
