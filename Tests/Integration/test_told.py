"""Edges tell each other of clients: who was turned away by one is relayed by all."""

import os
import random
import ssl
import time

import pytest
from lab import free_port, until
from lab.client import Connection, header
from lab.programs import EDGE, rdadmin
from peer import Client, ClientKey, Ended, Server, looks

from fakenode import FakeNode, hung
from relaying import ALICE, BOB, node_that, relaying_edge, resident
from small import DOMAIN

SECRET = b"known to all edges and to nobody else"
KEY = ClientKey(SECRET)
LISTENERS = {"inside": "plain", "starttls": "starttls", "directtls": "directtls"}

# Programs that write their headers in ways of their own.
OTHER_HEADERS = [
    lambda user: header(DOMAIN, user).replace(b"'", b'"'),
    lambda user: header(DOMAIN, user).replace(b" xml:lang='en'", b""),
    lambda user: header(DOMAIN, user).removeprefix(b"<?xml version='1.0'?>"),
    lambda user: (f"<stream:stream xmlns='jabber:client' from='{user}' to='{DOMAIN}' version='1.0' "
                  "xmlns:stream='http://etherx.jabber.org/streams'>").encode(),
]


@pytest.fixture
def nodes(place):
    """Alice's and Bob's; whoever comes is taken and then neither heard nor answered."""
    return [FakeNode(place, name, behave=node_that(hung)).start() for name in ("im1", "im2")]


def by_secret(place, authority) -> dict:
    return {"redirect.peers.secret": place.file("peers.secret", SECRET)}


def by_certificates(place, authority) -> dict:
    certificate = authority.certificate("peer")
    return {"redirect.peers.certificate": certificate.chain, "redirect.peers.key": certificate.key,
            "redirect.peers.ca": authority.root,
            "redirect.hash.secret": place.file("hash.secret", SECRET)}


def auto_edge(place, nodes, identity: dict, name: str = "edge", listen: int | None = None,
              peers: list[int] | None = None, authority=None, **changes):
    """It turns strangers away once, and tells those at `peers` of it."""
    keys = {"redirect.mode": "auto", "redirect.auto.first": "redirect", "log.level": "debug",
            "redirect.peers": ", ".join(f"127.0.0.1:{port}" for port in peers or []) or None,
            "redirect.peers.listen": f"127.0.0.1:{listen}" if listen else None, **identity}
    for node in nodes:
        keys[f"redirect.to.{node.name}.directtls"] = node.address
    keys |= {key.replace("__", "."): value for key, value in changes.items()}
    listeners = LISTENERS if authority else {"inside": "plain"}
    return relaying_edge(place, nodes, listeners, authority, name=name, **keys)


def pair(place, nodes, identity: dict, authority=None, **changes):
    """Two edges that have found each other."""
    ports = [free_port(), free_port()]
    edges = [auto_edge(place, nodes, identity, f"edge{number}", ports[number], ports, authority,
                       **changes).start() for number in range(2)]
    for edge, port in zip(edges, reversed(ports)):
        edge.logged("peer connected", f"peer=127.0.0.1:{port}")
    return edges


def come(edge, user: str, how: str = "inside", authority=None, opening=header) -> str | None:
    """The address that a client is told, or None: it has the features of its node."""
    with Connection(edge.ports[how]) as connection:
        if how == "starttls":
            connection.starttls(DOMAIN, authority.root)
        elif how == "directtls":
            connection.secure(authority.root, DOMAIN, alpn=["xmpp-client"])
        connection.send(header(DOMAIN, user) if opening is header else opening(user))
        end = connection.read_until(b"</stream:features>", b"</see-other-host>")
    return None if end.endswith(b"features>") else end.rsplit(b">", 2)[1].split(b"<")[0].decode()


def decisions(edge) -> list[str]:
    """What was done with each client, and why."""
    return [f"{line.split(' debug ')[1].split(' ')[0]} {line.split(' because=')[1].split(' ')[0]}"
            for line in edge.log.splitlines() if " because=" in line]


@pytest.mark.parametrize("identity", [by_secret, by_certificates])
@pytest.mark.parametrize("how", ["starttls", "directtls"])
def test_turned_away_once_by_all_edges_together(place, authority, nodes, identity, how):
    """Clients of many shapes, each at one edge first and then at the other, and back."""
    edges = pair(place, nodes, identity(place, authority), authority, redirect__auto__window="5s")
    visitors = [(user, opening) for user in (ALICE, BOB) for opening in (header, *OTHER_HEADERS)]
    home = {ALICE: nodes[0].address, BOB: nodes[1].address}
    for number, (user, opening) in enumerate(visitors):
        first, second = edges[number % 2], edges[1 - number % 2]
        assert come(first, user, how, authority, opening) == home[user]
        assert come(second, user, how, authority, opening) is None
    # Longer than a return would count: what one edge has seen, both know.
    time.sleep(6)
    for user, opening in visitors:
        for edge in edges:
            assert come(edge, user, how, authority, opening) is None
    for edge in edges:
        assert sorted(decisions(edge)) == sorted(
            ["redirected unknown", "relaying came-back", "relaying does-not-follow",
             "relaying does-not-follow"] * (len(visitors) // 2))
        assert edge.stop() == 0


def test_so_is_one_that_is_wrongly_taken_for_a_follower(place, nodes):
    followers = place.file("followers", "")
    edges = pair(place, nodes, by_secret(place, None), redirect__auto__first="relay",
                 redirect__auto__followers=followers)
    assert come(edges[0], ALICE) is None
    shape = edges[0].logged("because=unknown").split(" shape=")[1]
    marks = [len(edge.log) for edge in edges]
    place.file("followers", f"shape {shape}\n")
    for edge, mark in zip(edges, marks):
        edge.logged("serving", after=mark)
    assert come(edges[0], ALICE) == nodes[0].address
    assert come(edges[1], ALICE) is None
    assert decisions(edges[0])[1:] == ["redirected follower"]
    assert decisions(edges[1]) == ["relaying came-back"]


def test_without_peers_once_by_each(place, nodes):
    edges = [auto_edge(place, nodes, by_secret(place, None), name, peers=[free_port()]).start()
             for name in ("edge1", "edge2")]
    for edge in edges:
        edge.logged("no peer there")
    for edge in edges * 2:
        come(edge, ALICE)
    for edge in edges:
        assert decisions(edge) == ["redirected unknown", "relaying came-back"]


def test_a_peer_that_goes_and_comes_back(place, nodes):
    edges = pair(place, nodes, by_secret(place, None))
    mark = len(edges[0].log)
    assert edges[1].stop() == 0
    edges[0].logged("no peer there", after=mark)
    assert come(edges[0], ALICE) == nodes[0].address
    edges[1].start()
    edges[0].logged("peer connected", after=mark, seconds=20)
    # It was not there to be told of Alice. Of Bob it is.
    assert come(edges[0], BOB) == nodes[1].address
    assert come(edges[1], BOB) is None


def test_edges_that_share_no_secret_say_so(place, authority, nodes):
    identity = by_certificates(place, authority)
    del identity["redirect.hash.secret"]
    edges = pair(place, nodes, identity)
    for edge in edges:
        assert "warning" in edge.logged("peers are told of no client", "redirect.hash.secret")
    for check in (place.run([EDGE, "-c", edge.configuration, "--check"]),
                  rdadmin(place, "check", "-c", edge.configuration)):
        assert "cannot tell each other" in check.stdout
    for edge in edges * 2:
        come(edge, ALICE)
    for edge in edges:
        assert decisions(edge) == ["redirected unknown", "relaying came-back"]
    # The secret comes while they run: peers get to know each other anew.
    edge = edges[0]
    context = ssl.create_default_context(cafile=authority.root)
    context.check_hostname = False
    context.load_cert_chain(identity["redirect.peers.certificate"], identity["redirect.peers.key"])
    client = Client(edge.peer_port, context=context)
    assert client.clients is None
    edge.write(redirect__hash__secret=place.file("hash.secret", SECRET))
    assert client.ended() == "leaving"
    assert Client(edge.peer_port, context=context).clients == KEY.mark


# MARK: Peers that are no edges


def test_anyone_can_tell_and_be_told(place, nodes):
    """`peer` knows nothing but the page. One that hashes otherwise, or knows nothing of it, hears nothing."""
    heard = {}

    def server(name: str, clients: int | None) -> Server:
        heard[name] = []

        def serve(line, first: str):
            made.greet(line, first, SECRET, "0" * 64, clients)
            while True:
                said = line.hear(60)
                if said == "PING":
                    line.say("PONG")
                elif said != "MAP -":
                    heard[name].append(said)

        made = Server(place, serve)
        return made

    servers = [server("alike", KEY.mark), server("otherwise", KEY.mark + 1), server("old", None)]
    edge = auto_edge(place, nodes, by_secret(place, None), listen=free_port(),
                     peers=[server.port for server in servers]).start()
    for server in servers:
        edge.logged("peer connected", f"peer=127.0.0.1:{server.port}")
    assert come(edge, ALICE) == nodes[0].address
    shape = edge.logged("because=unknown").split(" shape=")[1]
    alice, bob = (KEY.client(user, "127.0.0.1", looks(shape)) for user in (ALICE, BOB))
    assert come(edge, ALICE) is None
    told = [f"R {alice:016x} im1", f"N {alice:016x}"]
    until(lambda: [line for line in heard["alike"] if line[0] in "RN"] == told, 10,
          lambda: f"{told} in {heard}")
    assert not any(line[0] in "RN" for name in ("otherwise", "old") for line in heard[name])

    client = Client(edge.peer_port, SECRET, clients=KEY.mark)
    assert client.clients == KEY.mark
    # A node that there is not, and a wrong one, say nothing.
    client.say(f"R {bob:016x} im9", "PING")
    assert client.hear() == "PONG"
    assert come(edge, BOB) == nodes[1].address
    client.say(f"N {bob:016x}", "PING")
    assert client.hear() == "PONG"
    assert come(edge, BOB) is None
    assert decisions(edge)[-1] == "relaying does-not-follow"


def test_who_hashes_otherwise_may_not_tell(place, nodes):
    edge = auto_edge(place, nodes, by_secret(place, None), listen=free_port()).start()
    for mark in (None, KEY.mark ^ 1):
        client = Client(edge.peer_port, SECRET, clients=mark)
        client.say(f"N {1:016x}")
        assert client.ended() == "unexpected"
    for line in ("N", "N 1", "R 0123456789abcdef", "R 0123456789abcdef im1 im2", "N 0123456789ABCDEF"):
        client = Client(edge.peer_port, SECRET, clients=KEY.mark)
        client.say(line)
        assert client.ended() == "bad-line"
    # In mode `redirect` nobody has anything to tell.
    mark = len(edge.log)
    edge.write(redirect__mode="redirect")
    edge.logged("serving", after=mark)
    assert Client(edge.peer_port, SECRET, clients=KEY.mark).clients is None


def test_one_that_tells_without_end(place, nodes):
    """It fills what others leave: they are heard as before, and nothing grows."""
    edge = auto_edge(place, nodes, by_secret(place, None), listen=free_port(),
                     redirect__auto__memory="1024").start()
    assert come(edge, ALICE) == nodes[0].address
    shape = edge.logged("because=unknown").split(" shape=")[1]
    bob = KEY.client(BOB, "127.0.0.1", looks(shape))
    liar = Client(edge.peer_port, SECRET, clients=KEY.mark, source="127.0.0.2")
    honest = Client(edge.peer_port, SECRET, clients=KEY.mark)
    chance = random.Random(1)
    before = resident(edge.process.pid)

    def lie(count: int, place_of: int | None = None):
        """`place_of`: at the cost of the client with this hash alone."""
        for _ in range(count):
            numbers = [chance.getrandbits(64) for _ in range(1000)]
            if place_of is not None:
                numbers = [number & ~1023 | place_of & 1023 for number in numbers]
            liar.say(*[f"N {number:016x}" for number in numbers], "PING")
            assert liar.hear() == "PONG"

    lie(30)
    # Only so many are heard a second; the place of Bob gets its share of lies whenever there is room for more.
    for _ in range(3):
        time.sleep(1)
        lie(3, bob)
    honest.say(f"N {bob:016x}", "PING")
    assert honest.hear() == "PONG"
    lie(3, bob)
    time.sleep(1)
    lie(3, bob)
    # What the edge has seen itself, and what the other has told, is as it was.
    assert come(edge, ALICE) is None
    assert come(edge, BOB) is None
    assert decisions(edge) == ["redirected unknown", "relaying came-back", "relaying does-not-follow"]
    assert resident(edge.process.pid) - before < 4 << 20
    with pytest.raises(Ended) as told:
        lie(100)
    assert told.value.fault in ("too-many", None)
    other = Client(edge.peer_port, SECRET, clients=KEY.mark, source="127.0.0.2")
    other.socket.sendall(os.urandom(5000))
    assert other.ended() in ("bad-line", "line-too-long", None)
    honest.say("PING")
    assert honest.hear() == "PONG"
