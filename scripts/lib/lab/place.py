"""Where servers live for a while: a directory, their processes, their ports."""

import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

# Below the kernel's range for outgoing connections (32768 and up), so that a client of the load
# test never sits on a port that a server is about to bind.
LISTENING_PORTS = range(12000, 30000)
# Test processes side by side (pytest-xdist) each have ports of their own.
_lane = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_lanes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
LISTENING_PORTS = LISTENING_PORTS[_lane::_lanes]

# How long a server may take to leave after SIGTERM before it is killed.
LEAVING_SECONDS = 15.0

_given_ports: set[int] = set()
_libc = ctypes.CDLL(None)


class TookTooLong(AssertionError):
    """Something that was waited for did not happen."""


def until(condition, seconds: float, what, every: float = 0.05):
    """Waits until `condition()` is true and returns its value; after `seconds` it is an error that
    says `what` was waited for (a text, or a function that makes one then)."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            text = what() if callable(what) else what
            raise TookTooLong(f"after {seconds:g} s still waiting for: {text}")
        time.sleep(every)


def free_port(address: str = "127.0.0.1") -> int:
    """A TCP port that nobody listens on, never given out twice by this process."""
    while True:
        port = random.choice(LISTENING_PORTS)
        if port in _given_ports:
            continue
        with socket.socket() as probe:
            try:
                probe.bind((address, port))
            except OSError:
                continue
        _given_ports.add(port)
        return port


def is_running(process: int) -> bool:
    """Whether a process that is not our child still runs. One that has ended may stay as a zombie
    for ever where process 1 does not reap, as in some containers."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _die_with_parent():
    """Runs in the child: a parent that is killed leaves no server behind (PR_SET_PDEATHSIG)."""
    _libc.prctl(1, signal.SIGKILL)


class Process:
    """A child with its own log file. Stopped by its id only."""

    def __init__(self, name: str, arguments: list, log: str, environment=None, directory=None):
        self.name = name
        self.log_path = log
        with open(log, "ab") as output:
            self._child = subprocess.Popen(
                [str(argument) for argument in arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                cwd=directory,
                preexec_fn=_die_with_parent,
            )
        self.pid = self._child.pid

    @property
    def exit_code(self):
        """None while it runs; negative: ended by that signal."""
        return self._child.poll()

    @property
    def running(self) -> bool:
        return self.exit_code is None

    @property
    def log(self) -> str:
        with open(self.log_path, errors="replace") as file:
            return file.read()

    def signal(self, number: int):
        self._child.send_signal(number)

    def wait(self, seconds: float) -> int:
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TookTooLong(f"{self.name} still runs after {seconds:g} s") from None

    def stop(self, seconds: float = LEAVING_SECONDS) -> int:
        """SIGTERM, then SIGKILL for one that does not listen. Returns the exit code."""
        if self.running:
            self._child.terminate()
            try:
                self._child.wait(seconds)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        return self._child.returncode

    def listens(self, port: int) -> bool:
        """Whether this very process has a listening TCP socket on `port`.

        Asking by connecting would not tell two processes on one port (SO_REUSEPORT) apart.
        """
        if not self.running:
            raise AssertionError(f"{self.name} ended with {self.exit_code}:\n{self.log[-2000:]}")
        mine = set()
        try:
            for descriptor in os.scandir(f"/proc/{self.pid}/fd"):
                try:
                    mine.add(os.readlink(descriptor.path))
                except FileNotFoundError:
                    pass
        except FileNotFoundError:
            return False
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            if not os.path.exists(table):
                continue
            with open(table) as lines:
                next(lines)
                for line in lines:
                    fields = line.split()
                    listening = fields[3] == "0A"
                    if listening and int(fields[1].rsplit(":", 1)[1], 16) == port:
                        if f"socket:[{fields[9]}]" in mine:
                            return True
        return False


class Place:
    """A temporary directory and everything that runs in it; use it with `with`."""

    def __init__(self, name: str = "redirect-edge"):
        self._name = name
        self._leaving: list = []

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix=f"{self._name}-")
        # Servers that give up root must still be able to read their own files.
        os.chmod(self.path, 0o755)
        return self

    def __exit__(self, *_):
        for action in reversed(self._leaving):
            try:
                action()
            except Exception as trouble:  # the rest must still be stopped
                print(f"while leaving: {trouble}")
        if os.environ.get("KEEP_PLACE"):
            print(f"kept: {self.path}")
        else:
            shutil.rmtree(self.path, ignore_errors=True)

    def on_leaving(self, action):
        """`action()` is called when the place is left, last registered first."""
        self._leaving.append(action)

    def directory(self, name: str) -> str:
        path = os.path.join(self.path, name)
        os.makedirs(path, exist_ok=True)
        return path

    def file(self, name: str, content: str | bytes | None = None) -> str:
        """The path of a file of this place; with `content` it is written."""
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if content is not None:
            data = content.encode() if isinstance(content, str) else content
            with open(path, "wb") as file:
                file.write(data)
        return path

    def start(self, name: str, arguments: list, environment=None, directory=None) -> Process:
        log = self.file(f"{name}.log")
        process = Process(name, arguments, log, environment, directory)
        self.on_leaving(process.stop)
        return process

    def run(self, arguments: list, check=True, seconds: float = 120, **more):
        """Runs a command to its end; returns it with its output as text."""
        result = subprocess.run(
            [str(argument) for argument in arguments],
            stdin=subprocess.DEVNULL if "input" not in more else None,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            **more,
        )
        if check and result.returncode != 0:
            raise AssertionError(
                f"{' '.join(map(str, arguments))} ended with {result.returncode}:\n"
                f"{result.stdout[-2000:]}{result.stderr[-2000:]}"
            )
        return result
