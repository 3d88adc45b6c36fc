"""Edges ask each other: real edges, `rdadmin lookup --edge`, and others that keep to the protocol or not."""

import os
import signal
import socket
import ssl
import time

import pytest
from lab import free_port, until
from lab.certificates import Authority
from lab.programs import Edge, file_descriptors, rdadmin, replace
from peer import Client, Ended, Line, Server, hello
from small import DOMAIN, TARGETS, compile_map, database

SECRET = b"a secret of all the edges\n"
LINES = "im1, im2\nim2, im1\nim3, im1\nim4, im1\n"


def users(name: str, partition: int) -> dict[str, int]:
    return {f"{name}{number}@{DOMAIN}": partition for number in range(3)}


def proofs(place, authority: Authority | None = None, name: str = "peer") -> dict[str, str]:
    """The keys by which an edge shows who it is: a certificate, or the secret."""
    if authority is None:
        return {"redirect.peers.secret": place.file("peers.secret", SECRET)}
    certificate = authority.certificate(name)
    return {"redirect.peers.certificate": certificate.chain,
            "redirect.peers.key": certificate.key, "redirect.peers.ca": authority.root}


def peer_edge(place, name: str, known: dict[str, int], identity: dict, listen: int | None = None,
              peers: list[int] | None = None, **changes) -> Edge:
    """An edge with a map of its own that answers at `listen` and asks those at `peers`."""
    keys = {
        "domains": DOMAIN,
        "redirect.provider": "db, peers",
        "redirect.mode": "redirect",
        "redirect.pollfrequency": "0",
        "redirect.to": ", ".join(TARGETS),
        "redirect.db.users": compile_map(place, name, known),
        "redirect.db.partitions": place.file(f"{name}.partitions", LINES),
        "redirect.peers.listen": f"127.0.0.1:{listen}" if listen else None,
        "redirect.peers": ", ".join(f"127.0.0.1:{port}" for port in peers) if peers else None,
        "log.level": "debug",
        **identity,
    }
    for node, target in TARGETS.items():
        keys[f"redirect.to.{node}.host"] = target
    keys |= {key.replace("__", "."): value for key, value in changes.items()}
    return Edge(place, name, keys, {"inside": "plain"})


def digest(place, map_path: str) -> str:
    for line in rdadmin(place, "stat", map_path).stdout.splitlines():
        if line.startswith("map") or "digest" in line or "identity" in line:
            return line.split()[-1]
    raise AssertionError("rdadmin stat names no digest")


def flags(edge: Edge) -> list[str]:
    names = {"redirect.peers.certificate": "--certificate", "redirect.peers.key": "--key",
             "redirect.peers.ca": "--ca", "redirect.peers.secret": "--secret"}
    return [word for key, flag in names.items() if key in edge.keys for word in (flag, edge.keys[key])]


def look_up(place, edge: Edge, *arguments, **more):
    return rdadmin(place, "lookup", "--edge", f"127.0.0.1:{edge.peer_port}", *arguments,
                   check=False, **more)


@pytest.fixture(params=["certificates", "secret"])
def identity(request, place, authority):
    return proofs(place, authority if request.param == "certificates" else None)


def test_a_running_edge_is_asked(place, identity):
    known = {"alice@im.example": 1, "bob@im.example": 3, "ü@im.example": 2}
    edge = peer_edge(place, "edge", known, identity, free_port()).start()
    local = rdadmin(place, "lookup", "-c", edge.configuration, edge.keys["redirect.db.users"],
                    "Alice@IM.example/phone", "bob@im.example", "Ü@im.example")
    for how in [flags(edge), ["-c", edge.configuration]]:
        asked = look_up(place, edge, *how, "Alice@IM.example/phone", "bob@im.example",
                        "Ü@im.example")
        assert (asked.returncode, asked.stdout) == (0, local.stdout)
        assert asked.stderr.split() == [f"127.0.0.1:{edge.peer_port}:", "map",
                                        digest(place, edge.keys["redirect.db.users"])]
    asked = look_up(place, edge, *flags(edge), "nobody@im.example", "bob@im.example")
    assert asked.returncode == 1
    assert asked.stdout == "nobody@im.example\t-\nbob@im.example\t3\tim3\tim1\n"
    asked = look_up(place, edge, *flags(edge), "@", "bob@im.example")
    assert (asked.returncode, asked.stdout) == (1, "bob@im.example\t3\tim3\tim1\n")
    many = "".join(f"user{number}@im.example\nalice@im.example\n" for number in range(2000))
    asked = look_up(place, edge, *flags(edge), "-", input=many)
    assert asked.stdout.count("alice@im.example\t1\tim1\tim2\n") == 2000
    assert asked.stdout.count("@im.example\t-\n") == 2000
    assert asked.returncode == 1


def test_who_cannot_be_asked(place, authority):
    edge = peer_edge(place, "edge", users("u", 1), proofs(place), free_port()).start()
    silent = Server(place, lambda line, first: time.sleep(30))
    other_secret = place.file("other.secret", b"the secret of other edges")
    cases = [
        (69, "refused", free_port(), ["--secret", other_secret]),
        (76, "proof", edge.peer_port, ["--secret", other_secret]),
        (76, "silent", silent.port, ["--secret", other_secret]),
        (69, "tls", edge.peer_port, flags_of(proofs(place, authority))),
        (66, "nowhere", edge.peer_port, ["--secret", place.file("nowhere")]),
        (65, other_secret, edge.peer_port,
         ["--certificate", other_secret, "--key", other_secret, "--ca", other_secret]),
        (64, "--secret", edge.peer_port, []),
        (64, "--ca", edge.peer_port, ["--certificate", other_secret]),
    ]
    for code, word, port, how in cases:
        began = time.monotonic()
        asked = rdadmin(place, "lookup", "--edge", f"127.0.0.1:{port}", *how, "u0@im.example",
                        check=False)
        assert asked.returncode == code, asked.stderr
        assert word in asked.stderr.lower()
        assert asked.stdout == ""
        assert time.monotonic() - began < 20
    edge.logged("sent away", "proof")


def flags_of(identity: dict) -> list[str]:
    names = {"redirect.peers.certificate": "--certificate", "redirect.peers.key": "--key",
             "redirect.peers.ca": "--ca", "redirect.peers.secret": "--secret"}
    return [word for key, value in identity.items() for word in (names[key], value)]


def test_only_certificates_of_the_authority(place, authority):
    edge = peer_edge(place, "edge", users("u", 1), proofs(place, authority), free_port()).start()
    strange = Authority(place, "strange")
    for how in [
        # An edge that ours does not trust, a client that the edge does not trust, and both.
        {**proofs(place, authority), "redirect.peers.ca": strange.root},
        {**proofs(place, strange), "redirect.peers.ca": authority.root},
        proofs(place, strange),
    ]:
        asked = look_up(place, edge, *flags_of(how), "u0@im.example")
        assert (asked.returncode, asked.stdout) == (69, "")
        assert "TLS" in asked.stderr
    # Without any certificate nothing is said, not even a hello.
    context = ssl.create_default_context(cafile=authority.root)
    context.check_hostname = False
    with pytest.raises((Ended, ssl.SSLError)):
        Client(edge.peer_port, context=context)
    # Plain text to a TLS port.
    with pytest.raises(Ended):
        Client(edge.peer_port)
    edge.logged("sent away", "tls")
    assert look_up(place, edge, *flags(edge), "u0@im.example").returncode == 0


def test_edges_find_each_other_and_themselves(place, identity):
    ports = [free_port() for _ in range(3)]
    edges = [peer_edge(place, f"edge{number}", users("abc"[number], number + 1), identity,
                       ports[number], ports).start() for number in range(3)]
    for edge in edges:
        for other in edges:
            if other is not edge:
                edge.logged("peer connected", f"peer=127.0.0.1:{other.peer_port}",
                            digest(place, other.keys["redirect.db.users"]))
        edge.logged("no other peer there", f"peer=127.0.0.1:{edge.peer_port}", "itself")
    # A new map there is told here, and answered from.
    source = place.file("edge1.db", database({**users("b", 2), "new@im.example": 4}))
    rdadmin(place, "compile", source, "-o", edges[1].keys["redirect.db.users"])
    new = digest(place, edges[1].keys["redirect.db.users"])
    for edge in (edges[0], edges[2]):
        edge.logged("a peer has another map", new)
    asked = look_up(place, edges[1], *flags(edges[1]), "new@im.example")
    assert asked.stdout == "new@im.example\t4\tim4\tim1\n"
    assert new in asked.stderr


def test_a_peer_that_dies_and_comes_back(place):
    ports = [free_port(), free_port()]
    here = peer_edge(place, "here", users("a", 1), proofs(place), ports[0], [ports[1]]).start()
    here.logged("no peer there", "refused")
    there = peer_edge(place, "there", users("b", 2), proofs(place), ports[1]).start()
    here.logged("peer connected", seconds=20)
    mark = len(here.log)
    there.process.signal(signal.SIGKILL)
    there.process.wait(10)
    here.logged("no peer there", after=mark)
    there.start()
    here.logged("peer connected", after=mark, seconds=20)
    # One that leaves in order says so.
    mark = len(here.log)
    there.stop()
    here.logged("no peer there", "leaving", after=mark)


def test_anyone_can_write_the_other_side(place):
    """`peer.Client` knows nothing but the page."""
    edge = peer_edge(place, "edge", {"alice@im.example": 3}, proofs(place), free_port()).start()
    client = Client(edge.peer_port, SECRET)
    map_digest = digest(place, edge.keys["redirect.db.users"])
    assert (client.digest, client.profile) == (map_digest, "nodeprep")
    assert client.ask(7, "alice@im.example") == f"A 7 alice@im.example {map_digest} 3 im3,im1"
    assert client.ask(7, "bob@im.example") == f"U 7 bob@im.example {map_digest}"
    client.say("PING", *[f"Q {number} u{number}@im.example" for number in range(1000)])
    assert client.hear() == "PONG"
    assert {client.hear() for _ in range(1000)} == {
        f"U {number} u{number}@im.example {map_digest}" for number in range(1000)}
    client.say("MAP -", "Q 1 Alice@im.example")
    assert client.hear() == f"U 1 Alice@im.example {map_digest}"
    edge.process.signal(signal.SIGTERM)
    assert client.ended() == "leaving"


@pytest.mark.parametrize("said, fault", [
    (b"GET / HTTP/1.1\r\n\r\n", "bad-line"),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", "bad-line"),
    (b"x" * 100_000, "line-too-long"),
    (b"Q 1 a@b\n", "unexpected"),
    (b"HELLO 2 something else\n", "version"),
    (hello(profile="precis", nonce="0" * 64).encode() + b"\n", "profile"),
    (hello().encode() + b"\n", "mode"),
    (b"", "silent"),
], ids=["http", "tls", "long", "query", "version", "profile", "mode", "silent"])
def test_strangers_are_sent_away(place, said, fault):
    edge = peer_edge(place, "edge", users("a", 1), proofs(place), free_port()).start()
    stranger = Line(socket.create_connection(("127.0.0.1", edge.peer_port), 10))
    stranger.socket.sendall(said)
    # The name can get lost in the reset that answers what nobody reads any more.
    assert stranger.ended(20) in ([fault] if len(said) < 1000 else [fault, None])
    assert look_up(place, edge, *flags(edge), "a0@im.example").returncode == 0


def test_a_crowd_of_strangers_leaves_no_trace(place):
    edge = peer_edge(place, "edge", users("a", 1), proofs(place), free_port()).start()
    edge.logged("serving")
    before = file_descriptors(edge.process.pid)
    for number in range(300):
        stranger = Line(socket.create_connection(("127.0.0.1", edge.peer_port), 10))
        stranger.socket.sendall(os.urandom(number) + b"\n" * (number % 2))
        stranger.close()
    until(lambda: file_descriptors(edge.process.pid) <= before, 20, "descriptors to be free")
    assert edge.log.count("sent away") < 20
    assert look_up(place, edge, *flags(edge), "a0@im.example").returncode == 0


LIES = {
    "http": (lambda server, line, first: line.say("HTTP/1.1 400 Bad Request", ""), "bad-line"),
    "endless": (lambda server, line, first: endless(line), "line-too-long"),
    "version": (lambda server, line, first: line.say("HELLO 9 x"), "version"),
    "profile": (lambda server, line, first: line.say(
        hello(profile="precis", nonce="0" * 64)), "profile"),
    "mode": (lambda server, line, first: line.say(hello()), "mode"),
    "proof": (lambda server, line, first: line.say(
        hello(nonce="0" * 64), "PROOF " + "0" * 64), "proof"),
    "mirror": (lambda server, line, first: line.say(first), "itself"),
    "unasked": (lambda server, line, first: (
        server.greet(line, first, SECRET, "0" * 64),
        line.say(f"U 1 a@b {'0' * 64}")), "not-asked"),
    "maps": (lambda server, line, first: (
        server.greet(line, first, SECRET, "0" * 64),
        line.say(*["MAP -"] * 100)), "too-many"),
}


def endless(line: Line):
    while True:
        line.socket.sendall(b"x" * 65536)


@pytest.mark.parametrize("lie", LIES)
def test_a_peer_that_lies_is_left_alone(place, lie):
    speak, fault = LIES[lie]
    heard = []

    def serve(line: Line, first: str):
        speak(server, line, first)
        heard.append(line.ended())

    server = Server(place, serve)
    edge = peer_edge(place, "edge", users("a", 1), proofs(place), free_port(),
                     [server.port]).start()
    edge.logged(f"peer=127.0.0.1:{server.port}", f"reason={fault}")
    if lie != "endless":
        until(lambda: heard, 10, "the liar to hear of it")
        assert heard[0] == fault
    # It comes back, but not at once and not ever faster.
    time.sleep(3)
    assert 1 <= server.greeted <= 4
    assert look_up(place, edge, *flags(edge), "a0@im.example").returncode == 0


def test_the_secret_and_the_certificates_can_be_renewed(place, authority):
    edge = peer_edge(place, "edge", users("a", 1), proofs(place), free_port()).start()
    client = Client(edge.peer_port, SECRET)
    replace(place.file("peers.secret"), b"another secret of all the edges")
    # Who was let in by the old one shows that he has the new one.
    assert client.ended() == "leaving"
    with pytest.raises(Ended) as refused:
        Client(edge.peer_port, SECRET)
    assert refused.value.fault == "proof"
    Client(edge.peer_port, b"another secret of all the edges").ask(1, "a0@im.example")
    replace(place.file("peers.secret"), b"short")
    edge.logged("not taken", "16 bytes")
    Client(edge.peer_port, b"another secret of all the edges").ask(1, "a0@im.example")


def test_reloading_leaks_nothing(place):
    ports = [free_port(), free_port()]
    edges = [peer_edge(place, f"edge{number}", users("ab"[number], number + 1),
                       proofs(place), ports[number], ports).start() for number in range(2)]
    for edge in edges:
        edge.logged("peer connected")
    path = edges[1].keys["redirect.db.users"]

    def swap(number: int):
        mark = len(edges[0].log)
        source = place.file("edge1.db", database({**users("b", 2), f"new{number}@im.example": 1}))
        rdadmin(place, "compile", source, "-o", path)
        edges[0].logged("a peer has another map", after=mark)

    def mapped() -> int:
        with open(f"/proc/{edges[1].process.pid}/maps") as maps:
            return sum(".mdb" in line for line in maps)

    swap(0)
    until(lambda: mapped() == 1, 10, "the old map to be let go")
    before = file_descriptors(edges[1].process.pid)
    for number in range(1, 6):
        swap(number)
    until(lambda: mapped() == 1 and file_descriptors(edges[1].process.pid) <= before, 10,
          lambda: f"only one map: {mapped()}, {file_descriptors(edges[1].process.pid)} > {before}")
