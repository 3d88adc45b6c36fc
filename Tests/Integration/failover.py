"""Nodes that are killed and come back, and how long an edge takes to notice.

The nodes are Prosody servers, because they are up again in 0.3 s. Several pools live at the same time;
what happens to each is a generator that yields where it would wait.
"""

import itertools
import random
import statistics
import time
from dataclasses import dataclass

from lab import Place, until
from lab.certificates import Authority
from lab.client import STREAM_END, ask
from lab.programs import Edge
from lab.prosody import Prosody
from small import DOMAIN, compile_map

NODES = ("im1", "im2", "im3")

# Each node's users have either other node as the first to go to.
LINES = (("im1", "im2", "im3"), ("im1", "im3", "im2"), ("im2", "im3", "im1"),
         ("im2", "im1", "im3"), ("im3", "im1", "im2"), ("im3", "im2", "im1"))

USERS_OF_EACH = 50

POOLS = 5

# So many answers in a row must be the right one before it counts as settled: both workers' and more.
ENOUGH = 10

# For anything that is not measured; a bound on hanging, and no promise.
SETTLED_SECONDS = 30.0

# What the edge says when no node of the user's line is up.
NOBODY = "remote-connection-failed"


@dataclass
class Probing:
    """The defaults of `redirect.pollfrequency` and `redirect.probe.*`, in seconds."""

    steady: float = 1.0
    changing: float = 0.5
    timeout: float = 0.5
    fall: int = 2
    # Each interval, from the beginning of one probe to that of the next, may be a tenth longer.
    jitter: float = 0.1

    @property
    def bound(self) -> float:
        """The longest from a node's death to its users being sent elsewhere: the last good probe has
        just been answered, and the last bad one waits for its time-out."""
        return (1 + self.jitter) * (self.steady + (self.fall - 1) * self.changing) + self.timeout


class LightPool:
    """Three nodes and an edge that watches them; `changes` are keys of its configuration."""

    def __init__(self, place: Place, authority: Authority, name: str, **changes):
        certificates = {DOMAIN: authority.certificate(DOMAIN, name)}
        self.nodes = {node: Prosody(place, f"{name}-{node}", certificates).start()
                      for node in NODES}
        self._node_at = {f"127.0.0.1:{node.port}": label for label, node in self.nodes.items()}
        users = {f"u{number}-{partition}@{DOMAIN}": partition
                 for partition in range(1, len(LINES) + 1) for number in range(USERS_OF_EACH)}
        keys = {
            "domains": DOMAIN,
            "redirect.provider": "db",
            "redirect.mode": "redirect",
            "redirect.to": ", ".join(NODES),
            "redirect.trust": authority.root,
            "redirect.db.users": compile_map(place, name, users),
            "redirect.db.partitions": place.file(
                f"{name}.partitions", "".join(", ".join(line) + "\n" for line in LINES)),
        }
        for label, node in self.nodes.items():
            keys[f"redirect.to.{label}.host"] = f"127.0.0.1:{node.port}"
        keys |= {key.replace("__", "."): value for key, value in changes.items()}
        self.edge = Edge(place, f"{name}-edge", keys, {"c2s": "plain"}).start()
        for node in self.nodes.values():
            # The very first probe, which is a full one and decides alone, has been here and is gone.
            until(lambda: "Client disconnected" in node.log, SETTLED_SECONDS,
                  lambda: f"{node.name} to be probed:\n{node.log}")
        self._turns = itertools.count()
        self.detections: list[float] = []

    def ask(self, partition: int, address: str | None = None) -> str:
        """The node that a user of this partition is told, or the stream error's condition. Each time
        another client, so that nobody comes back; or the one at this `address`."""
        turn = 0
        if address is None:
            turn = next(self._turns)
            address = f"127.1.{turn // 250 % 250}.{turn % 250 + 1}"
        answer = ask(self.edge.ports["c2s"], f"u{turn % USERS_OF_EACH}-{partition}@{DOMAIN}",
                     "plain", source=address)
        assert answer.orderly and answer.raw.endswith(STREAM_END), answer
        return self._node_at[answer.target] if answer.target else answer.condition

    # What may happen to it; generators that yield where they would wait.

    def pause(self, seconds: float):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            yield

    def lose(self, victim: str):
        """`kill -9`. Its users are told it for a while, and then the next of their line; nobody else
        notices. Notes how long the dead node was told."""
        killed = time.monotonic()
        self.nodes[victim].kill()
        last_told = killed
        right = 0
        while right < ENOUGH:
            for partition, line in self._of(victim):
                asked = time.monotonic()
                told = self.ask(partition)
                assert told in line[:2], f"{told} after {victim} of {line} was killed"
                right += 1
                if told == victim:
                    last_told, right = asked, 0
            self._others_stay(victim)
            assert time.monotonic() - killed < SETTLED_SECONDS, f"{victim} is dead and still told"
            yield
        self.detections.append(last_told - killed)

    def regain(self, victim: str):
        """Starts it again; its users return, and everybody gets an answer meanwhile."""
        self.nodes[victim].launch()
        began = time.monotonic()
        right = 0
        while right < ENOUGH:
            for partition, line in self._of(victim):
                told = self.ask(partition)
                assert told in line[:2], f"{told} while {victim} of {line} returns"
                right = right + 1 if told == victim else 0
            self._others_stay(victim)
            assert time.monotonic() - began < SETTLED_SECONDS, f"{victim} is back and not told"
            yield

    def lose_all(self, order: list[str]):
        """One after the other. In the end everybody is told that nobody is there."""
        for victim in order:
            self.nodes[victim].kill()
        yield from self._until_told({partition: NOBODY for partition, _ in self._all()})

    def regain_all(self, order: list[str]):
        """The first serves everybody; with the others all are at home again."""
        first, *others = order
        self.nodes[first].launch()
        yield from self._until_told({partition: first for partition, _ in self._all()})
        for node in others:
            self.nodes[node].launch()
        yield from self._until_told({partition: line[0] for partition, line in self._all()})

    def _until_told(self, wanted: dict[int, str]):
        began = time.monotonic()
        right = 0
        while right < ENOUGH:
            told = {partition: self.ask(partition) for partition in wanted}
            right = right + 1 if told == wanted else 0
            assert time.monotonic() - began < SETTLED_SECONDS, f"told {told}, expected {wanted}"
            yield

    @staticmethod
    def _all():
        return list(enumerate(LINES, 1))

    def _of(self, node: str):
        return [(partition, line) for partition, line in self._all() if line[0] == node]

    def _others_stay(self, victim: str):
        others = [(partition, line) for partition, line in self._all() if line[0] != victim]
        partition, line = others[next(self._turns) % len(others)]
        told = self.ask(partition)
        assert told == line[0], f"{told} for {line} while {victim} is away"


def rounds(pool: LightPool, count: int, chance: random.Random):
    """Any node, killed at any moment between two probes, and brought back; in the end all of them."""
    for _ in range(count):
        victim = chance.choice(NODES)
        yield from pool.pause(chance.uniform(0, 1.2))
        yield from pool.lose(victim)
        yield from pool.regain(victim)
    yield from pool.lose_all(chance.sample(NODES, len(NODES)))
    yield from pool.regain_all(chance.sample(NODES, len(NODES)))


def kill_and_report(place: Place, authority: Authority, count: int) -> tuple[list[float], str]:
    """`rounds` of five pools at the same time; how long each dead node was still told, in seconds,
    and the distribution in words."""
    # At once: how users return bit by bit is shown on the cluster.
    pools = [LightPool(place, authority, f"pool{number}", redirect__probe__return="0")
             for number in range(POOLS)]
    play(*(rounds(pool, count, random.Random(number)) for number, pool in enumerate(pools)))
    for pool in pools:
        assert pool.edge.stop() == 0, pool.edge.log[-2000:]
    detections = [seconds for pool in pools for seconds in pool.detections]
    return detections, describe(detections)


def play(*happenings):
    """Lets several pools live side by side, a step each in turn."""
    living = list(happenings)
    while living:
        for happening in list(living):
            try:
                next(happening)
            except StopIteration:
                living.remove(happening)
        time.sleep(0.01)


def describe(detections: list[float]) -> str:
    ordered = sorted(detections)
    tenth = ordered[int(0.9 * (len(ordered) - 1))]
    return (f"{len(ordered)} kills: least {ordered[0]:.2f} s, median {statistics.median(ordered):.2f} s, "
            f"nine of ten within {tenth:.2f} s, most {ordered[-1]:.2f} s; bound {Probing().bound:.2f} s")
