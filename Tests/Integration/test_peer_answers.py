"""What clients get when only another edge knows them."""

import os
import signal
import time

import pytest
from lab import free_port, until
from lab.client import ask
from lab.programs import Load
from peer import Line, Server
from small import TARGETS
from test_peers import SECRET, peer_edge, proofs, users

pytestmark = pytest.mark.alone

BUDGET = 0.25
# What a loaded machine may add to it.
GRACE = 1.0
DIGEST = "ab" * 32


def told(edge, user: str) -> tuple[str | None, float]:
    """The node's name for a client that says it is `user`, and how long the edge took."""
    began = time.monotonic()
    answer = ask(edge.ports["inside"], user, "plain")
    took = time.monotonic() - began
    assert answer.orderly and (answer.target or answer.condition == "remote-connection-failed")
    names = {target: name for name, target in TARGETS.items()}
    return (names[answer.target] if answer.target else None), took


def three_edges(place, identity, **changes):
    ports = [free_port() for _ in range(3)]
    edges = [peer_edge(place, f"edge{number}", users("abc"[number], number + 1), identity,
                       ports[number], ports, **changes).start() for number in range(3)]
    for edge in edges:
        for other in edges:
            if other is not edge:
                edge.logged("peer connected", f"peer=127.0.0.1:{other.peer_port}")
    return edges


def test_every_user_is_found_through_any_edge(place, authority):
    edges = three_edges(place, proofs(place, authority))
    for edge in edges:
        for partition, letter in enumerate("abc", 1):
            for user in users(letter, partition):
                assert told(edge, user)[0] == f"im{partition}"
        assert told(edge, "nobody@im.example")[0] is None


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_dead_or_hung_peer_costs_at_most_the_budget(place, number):
    edges = three_edges(place, proofs(place), redirect__peers__cache="0")
    edges[1].process.signal(number)
    try:
        for turn in range(40):
            node, took = told(edges[0], f"c{turn % 3}@im.example")
            assert node == "im3"
            assert took < BUDGET + GRACE
            node, took = told(edges[0], f"nobody{turn}@im.example")
            assert node is None
            assert took < BUDGET + GRACE
    finally:
        edges[1].process.signal(signal.SIGCONT)
    if number == signal.SIGSTOP:
        # Back at work, it is found again.
        until(lambda: told(edges[0], "b1@im.example")[0] == "im2", 30, "the peer to be asked again")


LIES = {
    "silence": lambda number, user: None,
    "another user": lambda number, user: f"A {number} x{user} {DIGEST} 1 im1",
    "another number": lambda number, user: f"A {int(number) + 1} {user} {DIGEST} 1 im1",
    "another map": lambda number, user: f"A {number} {user} {'cd' * 32} 1 im1",
    "no such nodes": lambda number, user: f"A {number} {user} {DIGEST} 1 other,nodes",
    "a fault": lambda number, user: "FAULT leaving",
    "refusal": lambda number, user: f"E {number} no-map",
    "nonsense": lambda number, user: "<stream:error/>",
    "twice": lambda number, user: f"U {number} {user} {DIGEST}\nU {number} {user} {DIGEST}",
    "endless": lambda number, user: "x" * 1_000_000,
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_peer_costs_at_most_the_budget(place, lie):
    def serve(line: Line, first: str):
        liar.greet(line, first, SECRET, DIGEST)
        for number, user in liar.queries_of(line):
            answer = LIES[lie](number, user)
            if answer:
                line.say(answer)

    liar = Server(place, serve)
    honest = peer_edge(place, "honest", users("c", 3), proofs(place), free_port()).start()
    edge = peer_edge(place, "edge", users("a", 1), proofs(place), free_port(),
                     [liar.port, honest.peer_port]).start()
    edge.logged("peer connected", f"peer=127.0.0.1:{honest.peer_port}")
    edge.logged("peer connected", f"peer=127.0.0.1:{liar.port}")
    for turn in range(12):
        node, took = told(edge, f"c{turn % 3}@im.example")
        assert node == "im3"
        assert took < BUDGET + GRACE
        node, took = told(edge, f"nobody{turn}@im.example")
        assert node is None
        assert took < BUDGET + GRACE
    assert liar.queries, "the liar was never asked"


def test_edges_with_one_map_ask_nobody(place):
    same = users("a", 1)
    asked = []
    port = free_port()
    twin = peer_edge(place, "twin", same, proofs(place), port).start()
    edge = peer_edge(place, "edge", same, proofs(place), None, [port]).start()
    edge.logged("peer connected")
    assert told(edge, "nobody@im.example")[0] is None
    # A third with the same digest that writes down what it is asked.
    digest = edge.logged("peer connected").split("map=")[1].split()[0]

    def serve(line: Line, first: str):
        clerk.greet(line, first, SECRET, digest)
        for query in clerk.queries_of(line):
            asked.append(query)

    clerk = Server(place, serve)
    edge.write(redirect__peers=f"127.0.0.1:{port}, 127.0.0.1:{clerk.port}")
    edge.logged("peer connected", f"peer=127.0.0.1:{clerk.port}")
    for number in range(20):
        assert told(edge, f"nobody{number}@im.example")[0] is None
    assert asked == []
    assert twin.process.running


def clerk_who_knows_nobody(place) -> Server:
    def serve(line: Line, first: str):
        clerk.greet(line, first, SECRET, DIGEST)
        for number, user in clerk.queries_of(line):
            line.say(f"U {number} {user} {DIGEST}")

    clerk = Server(place, serve)
    return clerk


def test_ten_thousand_strangers_a_second_are_no_flood_of_queries(place):
    """Everybody is answered, and the peer is asked as often as `redirect.peers.rate` allows."""
    clerk = clerk_who_knows_nobody(place)
    rate, connections, each_second = 500, 60_000, 10_000
    edge = peer_edge(place, "edge", users("a", 1), proofs(place), None, [clerk.port],
                     redirect__provider="db, peers, hash", redirect__peers__rate=rate,
                     log__level="info", redirect__to__im2__state="drain",
                     redirect__to__im3__state="drain", redirect__to__im4__state="drain").start()
    edge.logged("peer connected")
    strangers = {f"{number:x}-{os.urandom(6).hex()}@im.example": [TARGETS["im1"]]
                 for number in range(connections)}
    began = time.monotonic()
    result = Load(place, strangers).run(
        edge.ports["inside"], connections, open=500, rate=each_second)
    seconds = time.monotonic() - began
    print(f"{result['rate']} strangers a second, {len(clerk.queries) / seconds:.0f} queries a second")
    assert result["right"] == connections, result
    assert len(set(clerk.queries)) > rate
    # A tenth of a second's worth may come at once.
    assert len(clerk.queries) <= rate * seconds + rate / 10 + 1


def test_a_flood_of_unknown_users_is_no_flood_of_queries(place):
    clerk = clerk_who_knows_nobody(place)
    rate = 20
    edge = peer_edge(place, "edge", users("a", 1), proofs(place), None, [clerk.port],
                     redirect__peers__rate=rate).start()
    edge.logged("peer connected")
    began = time.monotonic()
    for number in range(1000):
        told(edge, f"{os.urandom(6).hex()}@im.example")
    seconds = time.monotonic() - began
    assert len(clerk.queries) <= rate * seconds + rate / 10 + 1
    # The same unknown user again and again is asked for once.
    time.sleep(0.5)
    before = len(clerk.queries)
    for number in range(50):
        told(edge, "same@im.example")
    assert len(clerk.queries) == before + 1

