"""SIGTERM: who is being served is served, and nobody is turned away before the balancer knows."""

import signal
import time

import pytest
from lab import until
from lab.client import Connection, ask, header
from small import DOMAIN, TARGETS, small_edge

ALICE = "alice@im.example"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_edge_leaves_at_once(place, number):
    edge = small_edge(place, {"inside": "plain"}).start()
    begin = time.monotonic()
    edge.process.signal(number)
    assert edge.process.wait(5) == 0
    assert time.monotonic() - begin < 3


def test_it_goes_on_accepting_for_the_delay(place):
    edge = small_edge(place, {"inside": "plain"}, drain__delay="1500ms").start()
    edge.process.signal(signal.SIGTERM)
    begin = time.monotonic()
    served = 0
    while time.monotonic() - begin < 1.2:
        assert ask(edge.ports["inside"], ALICE, "plain").target == TARGETS["im1"]
        served += 1
        time.sleep(0.02)
    assert served > 10
    assert edge.process.wait(10) == 0
    assert time.monotonic() - begin >= 1.4


def test_who_is_in_is_served_to_the_end(place):
    edge = small_edge(place, {"inside": "plain"}, drain__timeout="8s").start()
    data = header(DOMAIN, ALICE)
    with Connection(edge.ports["inside"]) as connection:
        connection.send(data[:40])
        time.sleep(0.2)
        edge.process.signal(signal.SIGTERM)
        until(lambda: not edge.process.running or not edge.process.listens(edge.ports["inside"]), 5,
              "the listener to close")
        connection.send(data[40:])
        answer = connection.read_to_end()
    assert answer.target == TARGETS["im1"] and answer.orderly
    assert edge.process.wait(5) == 0


def test_who_never_ends_is_told_so(place):
    edge = small_edge(place, {"inside": "plain"}, drain__timeout="1s").start()
    with Connection(edge.ports["inside"]) as connection:
        connection.send(header(DOMAIN)[:40])
        time.sleep(0.2)
        begin = time.monotonic()
        edge.process.signal(signal.SIGTERM)
        answer = connection.read_to_end()
        assert answer.condition == "system-shutdown"
        assert edge.process.wait(5) == 0
        assert time.monotonic() - begin < 4
