"""100,000 connections while everything under the edge is changed: every one is answered, each answer
is right for the old or the new files, none is lost."""

import itertools
import os
import re
import signal
import time

import pytest
from lab import until
from lab.programs import Edge, Load, replace
from small import TARGETS, compile_map, read, small_edge

pytestmark = pytest.mark.alone

CONNECTIONS = 100_000
# A second. Leaves the edge's look at its files (every 20 ms) time to see each swap, on 2 slow cores.
RATE = 8_000
OPEN = 100

USERS = [f"user{number:04}@im.example" for number in range(1000)]


class Maps:
    """Two maps, A and B, in which every user is in the other partition; and damaged ones."""

    def __init__(self, place, sets: bool = False):
        def compiled(name: str, partition) -> bytes:
            header = {"set": name} if sets else {}
            users = {user: partition(number) for number, user in enumerate(USERS)}
            return read(compile_map(place, f"map-{name}", users, generation=ord(name), **header))

        self.good = {"A": compiled("A", lambda number: number % 2 + 1),
                     "B": compiled("B", lambda number: 2 - number % 2)}
        flipped = bytearray(self.good["B"])
        flipped[len(flipped) // 3] ^= 1
        self.bad = {
            "truncated": self.good["B"][:-50],
            "empty": b"",
            "foreign": b"\x7fELF" + os.urandom(30_000),
            "bit-flipped": bytes(flipped),
        }

    @staticmethod
    def answers(nodes: dict[str, list[str]]) -> dict[str, list[str]]:
        """User -> target under A and B; `nodes`: the primaries of partitions 1 and 2 under each."""
        return {user: [TARGETS[nodes["A"][number % 2]], TARGETS[nodes["B"][1 - number % 2]]]
                for number, user in enumerate(USERS)}


SAME_NODES = {"A": ["im1", "im2"], "B": ["im1", "im2"]}


def begin(place, maps: Maps, **changes) -> Edge:
    edge = small_edge(place, {"inside": "plain"}, reload__poll="20ms", **changes)
    replace(place.file("redirect.mdb"), maps.good["A"])
    return edge.start()


def taken(edge: Edge) -> list[str]:
    """Which maps the log says are served, one after the other: A, B, A, ..."""
    names = [chr(int(number)) for number in re.findall(r"serving.*generation=(\d+)", edge.log)]
    return [name for name, _ in itertools.groupby(names)]


def all_right(result: dict, of_each: int = CONNECTIONS // 10):
    """Every connection was answered rightly, and many by either map."""
    print(result)
    assert result["right"] == result["connections"] == CONNECTIONS, result
    assert min(result["ofMap"]) > of_each, result


def test_the_map_is_swapped(place):
    maps = Maps(place)
    edge = begin(place, maps)
    swaps = []

    def swap(_):
        name = "BA"[len(swaps) % 2]
        swaps.append(name)
        replace(place.file("redirect.mdb"), maps.good[name])

    result = Load(place, maps.answers(SAME_NODES)).run(
        edge.ports["inside"], CONNECTIONS, swap, open=OPEN, rate=RATE)
    all_right(result)
    assert len(swaps) == 100
    assert len(taken(edge)) > 90, "swaps were overlooked"
    assert edge.stop() == 0


def test_map_and_partitions_are_swapped(place):
    maps = Maps(place, sets=True)
    nodes = {"A": ["im1", "im2"], "B": ["im3", "im4"]}
    partitions = {name: f"# set: {name}\n" + "\n".join(lines) + "\n" for name, lines in nodes.items()}
    edge = small_edge(place, {"inside": "plain"}, reload__poll="20ms")
    replace(place.file("redirect.mdb"), maps.good["A"])
    replace(place.file("redirect.partitions"), partitions["A"])
    edge.start()
    swaps = []

    def swap(_):
        name = "BA"[len(swaps) % 2]
        swaps.append(name)
        files = [("redirect.mdb", maps.good[name]), ("redirect.partitions", partitions[name])]
        # Either may come first, and the edge has time to see the half of it.
        if len(swaps) % 4 >= 2:
            files.reverse()
        for file, content in files:
            replace(place.file(file), content)
            time.sleep(0.04)
        # A machine that is busy elsewhere may need longer.
        until(lambda: taken(edge)[-1:] == [name], 20, f"{name} to be served")

    result = Load(place, maps.answers(nodes)).run(
        edge.ports["inside"], CONNECTIONS, swap, open=OPEN, rate=RATE)
    all_right(result)
    assert len(swaps) == 100
    assert len(taken(edge)) > 90, "swaps were overlooked"
    assert edge.stop() == 0


def test_the_edge_is_replaced(place):
    """New process on the same ports, SIGTERM to the old one; twice, and the map goes on changing."""
    maps = Maps(place)
    edge = begin(place, maps, drain__delay="500ms")
    swaps, processes = [], [edge.process]

    def change(thousands):
        name = "BA"[len(swaps) % 2]
        swaps.append(name)
        replace(place.file("redirect.mdb"), maps.good[name])
        if thousands in (30_000, 60_000):
            edge.start()
            processes.append(edge.process)
            processes[-2].signal(signal.SIGTERM)

    result = Load(place, maps.answers(SAME_NODES)).run(
        edge.ports["inside"], CONNECTIONS, change, open=OPEN, rate=RATE)
    all_right(result)
    assert [process.wait(10) for process in processes[:2]] == [0, 0]
    assert len({process.pid for process in processes}) == 3
    assert edge.stop() == 0


@pytest.mark.parametrize("private", ["off", "copy"])
def test_damaged_maps_are_thrown_in(place, private):
    maps = Maps(place)
    edge = begin(place, maps, redirect__db__private=private)
    path = place.file("redirect.mdb")
    kinds = [*maps.bad] + (["overwritten in place"] if private == "copy" else [])
    steps, refused = [], []

    def change(_):
        number = len(steps)
        if number % 2:  # every other time a good one, A and B in turn
            steps.append("AB"[number // 2 % 2])
            replace(path, maps.good[steps[-1]])
            return
        kind = kinds[number // 2 % len(kinds)]
        steps.append(kind)
        if kind == "overwritten in place":
            with open(path, "r+b") as file:
                file.truncate(1000)
                file.write(os.urandom(70_000))
        else:
            replace(path, maps.bad[kind])
        refused.append(kind)

    result = Load(place, maps.answers(SAME_NODES)).run(
        edge.ports["inside"], CONNECTIONS, change, open=OPEN, rate=RATE)
    all_right(result)
    assert set(refused) == set(kinds)
    complaints = [line for line in edge.log.splitlines() if "error" in line and path in line]
    assert len(complaints) > 0.8 * len(refused), "not every damaged map was complained about"
    # The last one was good, and after all that it is what is served.
    until(lambda: taken(edge)[-1] == [step for step in steps if step in "AB"][-1], 5, "the last map")
    assert edge.stop() == 0
