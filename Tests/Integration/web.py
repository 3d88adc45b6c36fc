"""Edges with a listener for WebSocket or BOSH, and nodes that speak WebSocket as they are told."""

import socket
from contextlib import contextmanager

from lab import Place
from lab.certificates import Authority
from lab.programs import Edge

import fakenode
from fakenode import FakeNode, Talk
from framing import CLOSE, FRAMING, Framed, accept, frame
from relaying import relaying_edge
from small import TARGETS, small_edge

MECHANISMS = ("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
              "<mechanism>SCRAM-SHA-1</mechanism><mechanism>PLAIN</mechanism></mechanisms>")
FEATURES = ("<stream:features xmlns:stream='http://etherx.jabber.org/streams'>"
            f"{MECHANISMS}</stream:features>")
NODE_OPEN = f"<open xmlns='{FRAMING}' from='im.example' id='node' version='1.0'/>"


def told(kind: str, node: str, secure: bool) -> str:
    """What a client of `kind` that follows is told, by the edges of this file."""
    scheme = {"websocket": "ws", "bosh": "http"}[kind] + ("s" if secure else "")
    return f"{scheme}://{TARGETS[node]}/{kind}"


def listening(kind: str, secure: bool) -> dict:
    """Keys of a listener `web`."""
    return {"listener.web.usessl": str(secure).lower(), "listener.web.kind": kind}


def telling_edge(place: Place, kind: str, authority: Authority | None = None, **changes) -> Edge:
    """An edge that redirects alice to im1 and bob to im2; with an `authority` inside TLS."""
    secure = authority is not None
    edge = small_edge(place, {"web": kind}, authority=authority, redirect__mode="redirect")
    edge.keys |= listening(kind, secure)
    for node in TARGETS:
        edge.keys[f"redirect.to.{node}.{kind}"] = told(kind, node, secure)
    edge.keys |= {key.replace("__", "."): value for key, value in changes.items()}
    return edge


@contextmanager
def telling(kind: str, authority: Authority | None = None):
    """Such an edge for a module of tests; it must have ended well."""
    with Place(f"redirect-edge-{kind}") as place:
        edge = telling_edge(place, kind, authority).start()
        yield edge
        assert edge.stop() == 0, edge.log[-2000:]


def carrying_edge(place: Place, nodes: list[FakeNode], authority: Authority | None = None,
                  **changes) -> Edge:
    """An edge that relays alice to the first node and bob to the second, by WebSocket."""
    edge = relaying_edge(place, nodes, {"web": "websocket"}, authority)
    edge.keys |= listening("websocket", authority is not None)
    for node in nodes:
        edge.keys[f"redirect.to.{node.name}.websocket"] = f"ws://{node.address}/{node.name}/ws"
    edge.keys |= {key.replace("__", "."): value for key, value in changes.items()}
    return edge


def node_that(then, said: tuple[str, ...] = (NODE_OPEN, FEATURES)):
    """A behaviour: who comes by TCP meets a good node. Who comes by WebSocket is greeted with `said`; then
    `then(framed, talk)`."""
    def behave(talk: Talk):
        if talk.connection.recv(3, socket.MSG_PEEK) != b"GET":
            return fakenode.well(talk)
        # It says several things in a row.
        talk.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        framed = accept(talk)
        talk.visit.to.append(framed.recv())
        for message in said:
            framed.send(message)
        return then(framed, talk)
    return behave


def web_visits(node: FakeNode) -> list:
    """Those who came by WebSocket and were no probes: `to` has their handshake and their `<open/>`."""
    return [visit for visit in node.visits
            if visit.to and visit.to[0].startswith(b"GET ") and " from=" in "".join(visit.to[1:])]


def carries(framed: Framed, _=None):
    """Says back what it hears, frame by frame."""
    while True:
        try:
            heard = framed.frame()
        except ConnectionError:
            return "client ended"
        framed.send_raw(frame(heard.payload, heard.opcode, heard.final, masked=False))
        if heard.opcode == CLOSE:
            return "closed"
