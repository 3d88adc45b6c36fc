"""Nodes that are told by the PROXY protocol whose connection it is."""

import base64
import re
import socket
import struct

import pytest
from lab import until
from lab.client import Connection, header
from lab.ejabberd import CONFIGURATION as EJABBERD_CONFIGURATION
from lab.ejabberd import PASSWORD, Ejabberd
from lab.programs import Edge

from fakenode import FakeNode
from relaying import enter, greet, relaying_edge
from small import DOMAIN, compile_map

ALICE = "alice@im.example"
SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
# What a balancer says of a client (documentation addresses, RFC 5737 and 3849).
FROM_AFAR = {"203.0.113.7": "PROXY TCP4 203.0.113.7 192.0.2.1 50000 5222\r\n",
             "2001:db8::7": "PROXY TCP6 2001:db8::7 2001:db8::1 50001 5222\r\n"}


# MARK: Bytes


def take_preamble(sock: socket.socket) -> tuple:
    """The PROXY header that a connection must begin with, not a byte more: command, family, addresses and ports."""
    head = sock.recv(16, socket.MSG_WAITALL)
    if head[:12] != SIGNATURE:
        raise EOFError(f"no PROXY header: {head}")
    length = struct.unpack("!H", head[14:])[0]
    body = sock.recv(length, socket.MSG_WAITALL) if length else b""
    if head[13] == 0x11:
        client, server, *ports = struct.unpack("!4s4sHH", body)
        family = socket.AF_INET
    elif head[13] == 0x21:
        client, server, *ports = struct.unpack("!16s16sHH", body)
        family = socket.AF_INET6
    else:
        return head[12], head[13], body
    return (head[12], socket.inet_ntop(family, client), ports[0],
            socket.inet_ntop(family, server), ports[1])


def node_behind_preamble(place, heard: list, how="plain", authority=None, then=None) -> FakeNode:
    """Refuses, like real servers, what does not begin with a header; notes each in `heard`."""
    def behave(talk):
        heard.append(take_preamble(talk.connection))
        talk.direct = how == "directtls"
        greet(talk)
        return talk.part()

    certificate = authority.certificate(DOMAIN) if how != "plain" else None
    node = FakeNode(place, "im1", certificate, behave=behave)
    node.how = how
    return node.start()


@pytest.mark.parametrize("how", ["plain", "starttls", "directtls"])
def test_the_node_is_told_the_clients_address_before_anything_else(place, authority, how):
    heard = []
    node = node_behind_preamble(place, heard, how, authority)
    edge = relaying_edge(place, [node], {"inside": "plain"}, authority,
                         redirect__to__im1__proxy="v2").start()
    with enter(edge, source="127.0.7.7") as client:
        assert heard == [(0x21, "127.0.7.7", client.socket.getsockname()[1],
                          "127.0.0.1", edge.ports["inside"])]


def test_a_client_of_ipv6(place):
    heard = []
    node = node_behind_preamble(place, heard)
    edge = relaying_edge(place, [node], redirect__to__im1__proxy="v2")
    port = edge.ports["inside"]
    edge.keys["listener.inside.address"] = f"[::]:{port}"
    edge.start()
    with enter(edge, host="::1") as client:
        assert heard == [(0x21, "::1", client.socket.getsockname()[1], "::1", port)]
    # One of IPv4 at the same door does not become one of IPv6.
    with enter(edge) as client:
        assert heard[1:] == [(0x21, "127.0.0.1", client.socket.getsockname()[1], "127.0.0.1", port)]


@pytest.mark.parametrize("address", FROM_AFAR)
def test_what_a_balancer_says_of_a_client_is_passed_on(place, address):
    heard = []
    node = node_behind_preamble(place, heard)
    edge = relaying_edge(place, [node], redirect__to__im1__proxy="v2",
                         listener__inside__proxy="required",
                         listener__inside__proxy__from="127.0.0.0/8").start()
    with Connection(edge.ports["inside"]) as client:
        client.send(FROM_AFAR[address] + header(DOMAIN, ALICE).decode())
        client.read_until(b"</stream:features>")
    assert heard[0][:3] == (0x21, address, int(FROM_AFAR[address].split()[4]))


def test_probes_say_that_they_are_nobodys(place):
    heard = []
    node = node_behind_preamble(place, heard)
    edge = relaying_edge(place, [node], redirect__to__im1__proxy="v2",
                         redirect__pollfrequency="100ms", redirect__probe__full="1s").start()
    edge.logged("offering")
    until(lambda: len(heard) > 3, 10, "more probes")
    assert set(heard) == {(0x20, "0.0.0.0", 0, "0.0.0.0", 0)}
    assert "down" not in edge.log


def test_it_is_never_guessed(place):
    """A node of which nothing is said hears no header; one that misses it takes nobody, and says nothing."""
    node = FakeNode(place, "im1", behave=lambda talk: (greet(talk), talk.part())[1]).start()
    edge = relaying_edge(place, [node]).start()
    enter(edge).socket.close()
    heard = []
    strict = node_behind_preamble(place, heard)
    edge.write(redirect__to__im1__host=strict.address, redirect__to__im1__tls="plain")
    edge.reload()

    def refused():
        with Connection(edge.ports["inside"]) as client:
            client.send(header(DOMAIN, ALICE))
            return strict.visits and client.read_to_end().condition == "remote-connection-failed"

    until(refused, 10, "the new node to be gone to")
    assert not heard
    # The way to the node is part of what it is: the change is taken while the edge runs.
    edge.write(redirect__to__im1__proxy="v2")
    edge.reload()

    def taken():
        with Connection(edge.ports["inside"]) as client:
            client.send(header(DOMAIN, ALICE))
            client.read_until(b"</stream:features>", b"</stream:stream>")
            return bool(heard)

    until(taken, 10, "the header to be said")


# MARK: Real servers


def real_edge(place, authority, address: str, how: str) -> Edge:
    compile_map(place, "redirect", {ALICE: 1})
    certificate = authority.certificate(DOMAIN)
    edge = Edge(place, "edge", {
        "domains": DOMAIN, "redirect.provider": "db", "redirect.mode": "relay",
        "redirect.to": "im1", "redirect.to.im1.host": address, "redirect.to.im1.tls": how,
        "redirect.to.im1.proxy": "v2", "redirect.db.users": place.file("redirect.mdb"),
        "redirect.db.partitions": place.file("redirect.partitions", "im1\n"),
        "redirect.trust": authority.root, "redirect.pollfrequency": "200ms",
        "redirect.probe.full": "1s", "tls.certificate": certificate.chain,
        "tls.key": certificate.key, "listener.inside.proxy": "required",
        "listener.inside.proxy.from": "127.0.0.0/8"}, {"inside": "plain"})
    edge.start()
    # Its probes get through.
    edge.logged("offering", seconds=20)
    return edge


def log_in(edge: Edge, preamble: str, password: str):
    secret = base64.b64encode(f"\0alice\0{password}".encode()).decode()
    with Connection(edge.ports["inside"]) as client:
        client.send(preamble.encode() + header(DOMAIN))
        assert b"PLAIN" in client.read_until(b"</stream:features>")
        client.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
                    f"{secret}</auth>")
        heard = client.read_until(b"<success", b"<failure")
        assert heard.endswith(b"<success"), heard


def test_ejabberd_logs_the_clients_addresses(place, authority):
    configuration = EJABBERD_CONFIGURATION.replace(
        "    module: ejabberd_c2s\n", "    module: ejabberd_c2s\n    use_proxy_protocol: true\n")
    server = Ejabberd(place, "im1", {DOMAIN: authority.certificate(DOMAIN)}, authority.root,
                      configuration).start()
    server.fill({ALICE: {}})
    edge = real_edge(place, authority, f"127.0.0.1:{server.port}", "starttls")
    for address, preamble in FROM_AFAR.items():
        log_in(edge, preamble, PASSWORD)
        until(lambda: re.search(rf"Accepted.* authentication for {ALICE} .*from {address}\b",
                                server.process.log), 10, lambda: server.process.log[-3000:])
    assert "down" not in edge.log
