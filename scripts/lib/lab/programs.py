"""The programs under test: `rdadmin` and `redirect-edge`, and the load program beside the tests."""

import glob
import json
import os
import signal
import subprocess
import threading

from .place import Place, Process, free_port, until

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../../.."))
BUILT = os.environ.get("BUILT", os.path.join(ROOT, ".build/release"))
RDADMIN = os.path.join(BUILT, "rdadmin")
EDGE = os.path.join(BUILT, "redirect-edge")


def rdadmin(place: Place, *arguments, check=True, **more):
    """Runs `rdadmin` in the place's directory, where `rdadmin.log` then stays."""
    return place.run([RDADMIN, *arguments], check=check, cwd=place.path, **more)


def write_configuration(path: str, keys: dict):
    """One `key = value` line each; None leaves the line out."""
    text = "".join(f"{key} = {value}\n" for key, value in keys.items() if value is not None)
    replace(path, text)


def replace(path: str, content: str | bytes):
    """Writes beside and renames over, as every file that an edge watches should be replaced."""
    data = content.encode() if isinstance(content, str) else content
    beside = f"{path}.new"
    with open(beside, "wb") as file:
        file.write(data)
    os.rename(beside, path)


class Edge:
    """`redirect-edge` with a configuration file of its own.

    `keys` are those of `redirect.conf`; listeners are given as name -> kind and get free ports.
    """

    # The file is looked at this often, so that tests need not wait.
    POLL = "50ms"

    def __init__(self, place: Place, name: str, keys: dict, listeners: dict[str, str]):
        self._place = place
        self.name = name
        self.ports = {listener: free_port() for listener in listeners}
        self.keys = {"reload.poll": self.POLL, "drain.delay": "0s", **keys}
        for listener, kind in listeners.items():
            self.keys[f"listener.{listener}.address"] = f"127.0.0.1:{self.ports[listener]}"
            self.keys[f"listener.{listener}.kind"] = kind
            if kind == "plain":
                self.keys.setdefault(f"listener.{listener}.standsfor", "starttls")
        self.configuration = place.file(f"{name}.conf")
        self.process: Process | None = None
        self._started = 0

    def write(self, **changes):
        """Writes the configuration; `changes` use `__` for dots."""
        for key, value in changes.items():
            self.keys[key.replace("__", ".")] = value
        write_configuration(self.configuration, self.keys)

    def start(self, environment=None, before: tuple = (), arguments: tuple = ()) -> "Edge":
        """Starts a process and waits until it listens on all its ports; `before` is put before the command.

        A second start while the first still runs makes a second process on the same ports.
        """
        self.write()
        self._started += 1
        number = "" if self._started == 1 else f"-{self._started}"
        self.process = self._place.start(
            f"{self.name}{number}", [*before, EDGE, "-c", self.configuration, *arguments],
            environment, self._place.path)
        for port in [*self.ports.values(), self.peer_port, self.admin_port]:
            until(lambda: port is None or self.process.listens(port), 20,
                  f"{self.name} to listen on {port}")
        return self

    @property
    def peer_port(self) -> int | None:
        """Where it answers other edges."""
        return self._port("redirect.peers.listen")

    @property
    def admin_port(self) -> int | None:
        return self._port("admin.address")

    def _port(self, key: str) -> int | None:
        address = self.keys.get(key)
        return int(address.rsplit(":", 1)[1]) if address else None

    @property
    def command(self) -> list[str]:
        return [EDGE, "-c", self.configuration]

    @property
    def log(self) -> str:
        return self.process.log

    def reload(self):
        self.process.signal(signal.SIGHUP)

    def logged(self, *words: str, seconds: float = 10, after: int = 0) -> str:
        """Waits for a line after byte `after` of the log with all `words` (any case)."""
        wanted = [word.lower() for word in words]

        def find():
            for line in self.log[after:].splitlines():
                if all(word in line.lower() for word in wanted):
                    return line
            return None

        return until(
            find, seconds, lambda: f"a log line with {words} in:\n{self.log[after:][-3000:]}")

    def stop(self) -> int:
        return self.process.stop()


class Load:
    """The load program of `Tests/Integration/load`, compiled when its source has changed."""

    SOURCE = os.path.join(ROOT, "Tests/Integration/load/load.swift")
    PROGRAM = os.path.join(ROOT, ".build/integration/load")

    def __init__(self, place: Place, answers: dict[str, list[str]]):
        """`answers`: user -> the target under each map."""
        self._place = place
        self._users = place.file("load-users.tsv", "".join(
            "\t".join([user, *targets]) + "\n" for user, targets in answers.items()))
        self._compile()

    def _compile(self):
        if os.path.exists(self.PROGRAM):
            if os.path.getmtime(self.PROGRAM) >= os.path.getmtime(self.SOURCE):
                return
        os.makedirs(os.path.dirname(self.PROGRAM), exist_ok=True)
        # Whole or not at all: other test processes may want it, too.
        mine = f"{self.PROGRAM}.{os.getpid()}"
        self._place.run(["swiftc", "-O", "-swift-version", "6", "-module-name", "load",
                         "-I", os.path.join(ROOT, "Sources/Shared/CLinux"),
                         self.SOURCE, "-o", mine], seconds=300)
        os.replace(mine, self.PROGRAM)

    def run(self, port: int, connections: int, each_thousand=None, **options) -> dict:
        """Runs to the end and returns its counts. `each_thousand(n)` is called, in this thread, when
        another thousand connections are done."""
        flags = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        child = subprocess.Popen(
            [self.PROGRAM, str(port), self._users, str(connections), *flags],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        alarm = threading.Timer(600, child.kill)
        alarm.start()
        try:
            for line in child.stdout:
                if line.startswith("{"):
                    result = json.loads(line)
                elif each_thousand:
                    each_thousand(int(line.split()[1]))
            result["complaints"] = child.stderr.read()
            return result
        finally:
            alarm.cancel()
            if child.poll() is None:
                child.kill()
            child.wait()
            child.stdout.close()
            child.stderr.close()


def file_descriptors(pid: int) -> int:
    return len(glob.glob(f"/proc/{pid}/fd/*"))


__all__ = ["EDGE", "Edge", "Load", "RDADMIN", "ROOT", "file_descriptors", "rdadmin", "replace",
           "write_configuration"]
