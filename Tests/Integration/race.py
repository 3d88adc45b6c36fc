"""What relayed sessions cost the proxy that carries them: memory while they are silent, processor time for what they send,
and the time that it adds.

Each proxy has a node and clients of its own (`load/relayed.c`), which check every byte. All sessions stay open from the
beginning to the end; in a round one proxy after the other carries the same.
"""

import json
import os
import re
import statistics
import subprocess
import time
from dataclasses import dataclass, field

from lab import Place, until
from lab.place import free_port

from proxies import Proxy, compiled

# The server has the other one.
LOAD_CORE = ("taskset", "-c", "1")
# Messages that wait for nothing leave time to rest: far below what one core can do.
PACED_RATE = 1000
# What is measured after the sessions have opened is what stays.
SETTLED_SECONDS = 3.0


@dataclass(frozen=True)
class Work:
    """A command of `load/relayed.c`; `amount` is what is counted: bytes, or messages, there and back."""

    name: str
    command: str
    amount: int
    unit: str


def works(sessions: int, seconds: float = 0.4) -> list[Work]:
    """About so many seconds each on two cores of 2024."""
    active = min(sessions, 256)
    bulk = int(seconds * 400) << 20
    small, medium = int(seconds * 40_000), int(seconds * 30_000)
    paced = int(seconds * 2 * PACED_RATE)
    return [
        Work("bulk", f"bulk {bulk} {min(sessions, 16)}", bulk >> 20, "MiB"),
        Work("200 bytes", f"stanzas {small} 200 {active}", small, "messages"),
        Work("2 KiB", f"stanzas {medium} 2048 {active}", medium, "messages"),
        Work("paced", f"paced {paced} 200 {PACED_RATE}", paced, "messages"),
    ]


class Team:
    """A proxy with its node and its clients, and what it has cost so far."""

    def __init__(self, place: Place, make, sessions: int, is_secured: bool):
        program = compiled(place, "relayed", "ssl", "crypto")
        node_port = free_port()
        self.sessions = sessions
        self.proxy: Proxy | None = make(node_port)
        self.name = self.proxy.name
        self._node = place.start(f"node-{self.name}", [*LOAD_CORE, program, "node", node_port])
        until(lambda: self._node.listens(node_port), 10, "the node to listen")
        self.proxy.start()
        before = memory(self.proxy.pid)
        with open(place.file(f"clients-{self.name}.log"), "w") as complaints:
            self._clients = subprocess.Popen(
                [*LOAD_CORE, program, "clients", str(self.proxy.port), str(sessions),
                 "tls" if is_secured else "plain"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True)
        self._complaints = complaints.name
        place.on_leaving(self._clients.kill)
        began = processor_time(self.proxy.pid)
        self.opening_seconds = float(self._answer().split()[1])
        self.opening_cost = (processor_time(self.proxy.pid) - began) / sessions
        time.sleep(SETTLED_SECONDS)
        self.idle = memory(self.proxy.pid)
        self.bytes_a_session = (self.idle - before) / sessions
        self.kernel_bytes = socket_memory(self.proxy.port, node_port) / sessions
        self.costs: dict[str, list[Cost]] = {}
        self._before = before

    def do(self, work: Work) -> "Cost":
        began = processor_time(self.proxy.pid)
        self._clients.stdin.write(work.command + "\n")
        self._clients.stdin.flush()
        answer = json.loads(self._answer())
        spent = processor_time(self.proxy.pid) - began
        cost = Cost(work.amount / spent, answer["seconds"], answer.get("median"),
                    answer.get("p99"))
        self.costs.setdefault(work.name, []).append(cost)
        return cost

    @property
    def bytes_afterwards(self) -> float:
        """Memory of a session now, with what the traffic has left behind."""
        return (memory(self.proxy.pid) - self._before) / self.sessions

    def _answer(self) -> str:
        line = self._clients.stdout.readline()
        if not line:
            with open(self._complaints) as complaints:
                raise AssertionError(f"{self.name}: {complaints.read()}\n{self.proxy.process.log[-2000:]}")
        return line


@dataclass
class Cost:
    """What one work took: amount a second of the proxy's processor time, and for paced messages the time there and back."""

    rate: float
    seconds: float
    median: float | None
    p99: float | None


def processor_time(pid: int) -> float:
    """Seconds that all threads of a process have run, in user space and in the kernel."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def memory(pid: int) -> int:
    """Bytes of memory that are a process's own share (proportional set size)."""
    with open(f"/proc/{pid}/smaps_rollup") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def socket_memory(*ports: int) -> int:
    """Bytes that the kernel holds for data in the proxy's sockets: its clients' and those to its node."""
    client, node = ports
    total = 0
    shown = subprocess.run(
        ["ss", "-tmnH", f"( sport = :{client} or dport = :{node} )"],
        capture_output=True, text=True, check=True).stdout
    for numbers in re.findall(r"skmem:\(([^)]*)\)", shown):
        held = dict(re.findall(r"([a-z]+)(\d+)", numbers))
        total += sum(int(held.get(name, 0)) for name in ("r", "t", "f", "w", "bl"))
    return total


def machine() -> str:
    """Where the figures come from."""
    with open("/proc/cpuinfo") as lines:
        model = next((line.split(":", 1)[1].strip() for line in lines
                      if line.startswith("model name")), "an unnamed processor")
    openssl = subprocess.run(["openssl", "version"], capture_output=True, text=True).stdout.strip()
    return f"{os.cpu_count()} cores of {model}, Linux {os.uname().release}, {openssl}"


def quartiles(values: list[float]) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    return tuple(statistics.quantiles(values, n=4, method="inclusive"))


@dataclass
class Race:
    """`teams[0]` is compared with each of the others, round by round."""

    teams: list[Team]
    works: list[Work]
    rounds: int = 0
    ratios: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def run(self, rounds: int, show=lambda number: None):
        for number in range(rounds):
            # Nobody is always the first.
            order = self.teams[number % len(self.teams):] + self.teams[:number % len(self.teams)]
            for work in self.works:
                costs = {team.name: team.do(work) for team in order}
                own = costs[self.teams[0].name]
                for team in self.teams[1:]:
                    self.ratios.setdefault((work.name, team.name), []).append(
                        own.rate / costs[team.name].rate)
            self.rounds += 1
            show(self.rounds)
