"""What a plain connection costs: system calls and allocations, against the ceilings of
`count/counts.json`."""

import json
import os
import re
import struct
import time
from collections import Counter, defaultdict

import pytest
from lab import until
from lab.client import Connection, header
from lab.programs import ROOT, Load
from small import DOMAIN, TARGETS, small_edge

pytestmark = pytest.mark.alone

HERE = os.path.join(ROOT, "Tests/Integration/count")

with open(os.path.join(HERE, "counts.json")) as file:
    CEILINGS = json.load(file)

ALICE = "alice@im.example"

# One worker, so that every call of a connection is on one thread.
ONE_CORE = ("taskset", "-c", "0")


def load(place) -> Load:
    return Load(place, {ALICE: [TARGETS["im1"]], "bob@im.example": [TARGETS["im2"]]})


# System calls


class Calls:
    """`strace -f` on a running process; afterwards each thread's calls, in order."""

    def __init__(self, place, pid: int):
        self._path = place.file("calls")
        self._tracer = place.start(
            "strace", ["strace", "-f", "-q", "-s", "600", "-o", self._path, "-p", str(pid)])
        tasks = f"/proc/{pid}/task"

        def traced():
            states = []
            for task in os.listdir(tasks):
                with open(f"{tasks}/{task}/status") as lines:
                    states.append(re.search(r"TracerPid:\s+(\d+)", lines.read()).group(1))
            return all(state == str(self._tracer.pid) for state in states)

        until(traced, 10, "strace to be attached")

    def stop(self) -> list[str]:
        """The calls of the thread that accepts connections."""
        self._tracer.stop()
        threads = defaultdict(list)
        with open(self._path, errors="replace") as lines:
            for line in lines:
                thread, text = line.split(maxsplit=1)
                if text.startswith(("<...", "---", "+++")):
                    # The second half of a call that was counted already: it may bring the result.
                    if threads[thread] and text.startswith("<..."):
                        threads[thread][-1] += text
                else:
                    threads[thread].append(text)
        workers = [calls for calls in threads.values()
                   if any(re.match(r"accept4?\(.*= \d+", call, re.S) for call in calls)]
        assert len(workers) == 1, f"{len(workers)} threads accept"
        return workers[0]


def one_connection(port: int):
    with Connection(port) as connection:
        connection.send(header(DOMAIN, ALICE))
        assert connection.read_to_end().target == TARGETS["im1"]
    # Until the edge has seen our end, too: it looks after its next tick of 10 ms.
    time.sleep(0.05)


def test_system_calls_of_one_connection_after_the_other(place):
    edge = small_edge(place, {"inside": "plain"}, reload__poll="1h").start(before=ONE_CORE)
    for _ in range(10):
        one_connection(edge.ports["inside"])
    calls = Calls(place, edge.process.pid)
    connections = 60
    for _ in range(connections):
        one_connection(edge.ports["inside"])
    trace = calls.stop()
    to_answer, whole, current = [], [], []
    for call in trace:
        current.append(call)
        if "see-other-host" in call:
            to_answer.append(len(current))
        if call.startswith("close("):
            whole.append(len(current))
            example, current = current, []
    assert len(to_answer) == len(whole) == connections
    print("one connection:\n", *example)
    print(f"calls to the answer {max(to_answer[1:])}, with the close {max(whole[1:])}")
    # The first began before strace was there.
    assert max(to_answer[1:]) <= CEILINGS["callsToAnswer"], "".join(example)
    assert max(whole[1:]) <= CEILINGS["calls"], "".join(example)


def test_system_calls_of_many_at_a_time(place):
    edge = small_edge(place, {"inside": "plain"}, reload__poll="1h").start(before=ONE_CORE)
    program = load(place)

    def count(connections: int) -> Counter:
        calls = Calls(place, edge.process.pid)
        result = program.run(edge.ports["inside"], connections, open=50)
        assert result["right"] == connections, result
        time.sleep(0.1)
        trace = calls.stop()
        answers = sum("see-other-host" in call for call in trace)
        assert answers == connections
        return Counter(call.split("(")[0] for call in trace)

    count(500)
    results = []
    # A client that is kept off its core closes late, which costs calls that are not the edge's
    # doing: the best of three counts.
    for _ in range(3):
        once, twice = count(1000), count(2000)
        results.append((twice.total() - once.total()) / 1000)
        print(f"{results[-1]:.2f} system calls a connection; all of 3000:", once + twice)
        if results[-1] <= CEILINGS["calls"]:
            break
    assert 2 < min(results) <= CEILINGS["calls"]


# Allocations


class Allocations:
    """The shared file of `count/allocations.c`."""

    LINE = struct.Struct("3q")  # thread, connections accepted, allocations

    def __init__(self, place):
        self._path = place.file("allocations")
        library = place.file("allocations.so")
        place.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC",
                   os.path.join(HERE, "allocations.c"), "-o", library])
        self.environment = {"LD_PRELOAD": library, "ALLOCATIONS": self._path}

    def of_workers(self) -> tuple[int, int]:
        """Connections accepted and allocations made by the threads that accept."""
        with open(self._path, "rb") as file:
            lines = [self.LINE.unpack(data) for data in iter(lambda: file.read(24), b"")]
        workers = [line for line in lines if line[1] > 0]
        return sum(line[1] for line in workers), sum(line[2] for line in workers)

    def of_all(self) -> int:
        with open(self._path, "rb") as file:
            return sum(self.LINE.unpack(data)[2] for data in iter(lambda: file.read(24), b""))


@pytest.mark.parametrize("at_a_time", [1, 50])
def test_a_plain_connection_allocates_nothing(place, at_a_time):
    counter = Allocations(place)
    edge = small_edge(place, {"inside": "plain"}, reload__poll="1h").start(
        counter.environment, before=ONE_CORE)
    program = load(place)

    def allocated(connections: int, at_a_time: int = at_a_time) -> int:
        accepted, before = counter.of_workers()
        result = program.run(edge.ports["inside"], connections, open=at_a_time)
        assert result["right"] == connections, result
        time.sleep(0.1)
        accepted_now, after = counter.of_workers()
        assert accepted_now - accepted == connections
        return after - before

    # The table of connections grows to what is needed at once, and stays.
    allocated(10_000, at_a_time=500)
    assert counter.of_all() > 1000, "nothing is counted at all"
    once, twice = allocated(2000), allocated(4000)
    print(f"allocations of 2000 and of 4000 connections: {once}, {twice}")
    assert once / 2000 <= CEILINGS["allocations"]
    assert twice / 4000 <= CEILINGS["allocations"]
