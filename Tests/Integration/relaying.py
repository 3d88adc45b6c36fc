"""An edge that relays, nodes that carry bytes, and the bytes."""

import hashlib
import select
import socket
import ssl
import threading
import time

from lab import Place
from lab.certificates import Authority
from lab.client import Connection, header
from lab.programs import Edge

from fakenode import (HEADER, MECHANISMS, PROCEED, STARTTLS, FakeNode, Talk, features)
from small import DOMAIN, small_edge

ALICE = "alice@im.example"
BOB = "bob@im.example"
MIB = 1 << 20


def relaying_edge(place: Place, nodes: list[FakeNode], listeners: dict[str, str] | None = None,
                  authority: Authority | None = None, name: str = "edge", **changes) -> Edge:
    """An edge that relays alice to the first node and bob to the second. Nobody probes them."""
    keys = {"redirect.mode": "relay", "redirect.to": ", ".join(node.name for node in nodes)}
    for node in nodes:
        keys[f"redirect.to.{node.name}.host"] = node.address
        keys[f"redirect.to.{node.name}.tls"] = getattr(node, "how", node.tls)
    if authority:
        keys["redirect.trust"] = authority.root
    names = [node.name for node in nodes]
    partitions = "".join(", ".join(names[i:] + names[:i]) + "\n" for i in range(len(names)))
    edge = small_edge(place, listeners or {"inside": "plain"}, authority=authority, name=name)
    for key in [key for key in edge.keys if key.startswith("redirect.to")]:
        del edge.keys[key]
    keys["redirect.db.partitions"] = place.file("redirect.partitions", partitions)
    keys |= {key.replace("__", "."): value for key, value in changes.items()}
    edge.keys |= keys
    return edge


def greet(talk: Talk):
    """What a node says until the client logs in."""
    if getattr(talk, "direct", False):
        talk.secure()
    talk.hear_header()
    if talk._context and not talk.visit.secured:
        talk.say(HEADER + features(STARTTLS))
        talk.hear(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        talk.say(PROCEED)
        talk.secure()
        talk.hear_header()
    talk.say(HEADER + features(MECHANISMS))


def node_that(then, direct: bool = False):
    """A behaviour: greets, then does `then(talk)` on the client's stream."""
    def behave(talk: Talk):
        talk.direct = direct
        greet(talk)
        return then(talk)
    return behave


def enter(edge: Edge, user: str | None = ALICE, how: str = "inside", root: str | None = None,
          **where) -> Connection:
    """A client that has the features: those of its node, where the header names a `user`; then it is relayed."""
    connection = Connection(edge.ports[how], **where)
    if how == "starttls":
        connection.starttls(DOMAIN, root)
    elif how == "directtls":
        connection.secure(root, DOMAIN, alpn=["xmpp-client"])
    connection.send(header(DOMAIN, user))
    connection.read_until(b"</stream:features>")
    return connection


def end_output(sock: socket.socket):
    """Ends our direction; what the other side still says can be read, inside TLS too."""
    socket.socket.shutdown(sock, socket.SHUT_WR)


class TwoWay:
    """A socket for one thread that sends and one that receives. OpenSSL forbids two threads in one session at once, and
    Python 3.11 lets them in: bytes would be lost here, and the edge be blamed."""

    SECONDS = 60

    def __init__(self, sock: socket.socket):
        self._socket = sock
        self._turn = threading.Lock()
        sock.setblocking(False)

    def recv(self, size: int) -> bytes:
        return self._until(lambda: self._socket.recv(size), ([self._socket], []))

    def sendall(self, data: bytes):
        rest = memoryview(data)
        while rest:
            rest = rest[self._until(lambda: self._socket.send(rest), ([], [self._socket])):]

    def end_output(self):
        with self._turn:
            end_output(self._socket)

    def _until(self, attempt, ready):
        end = time.monotonic() + self.SECONDS
        while time.monotonic() < end:
            with self._turn:
                try:
                    return attempt()
                except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
                    pass
            select.select(*ready, [], 1)
        raise TimeoutError(f"nothing moved for {self.SECONDS} s")


class Flow:
    """So many bytes that do not repeat, made and checked as they go."""

    BLOCK = 64 * 1024

    def __init__(self, size: int, seed: str):
        self.size = size
        self._seed = seed
        self._base = hashlib.shake_256(seed.encode()).digest(self.BLOCK)

    def blocks(self):
        for number in range(self.size // self.BLOCK):
            yield number.to_bytes(8, "big") + self._base[8:]
        yield self._base[:self.size % self.BLOCK]

    @property
    def digest(self) -> str:
        return digest(self.blocks())


def digest(pieces) -> str:
    total = hashlib.sha256()
    for piece in pieces:
        total.update(piece)
    return total.hexdigest()


def send_all(sock, flow: Flow, pieces: int = 0, pause=None):
    """Sends the flow, in segments of `pieces` bytes (0: as it comes); `pause()` after each block."""
    for block in flow.blocks():
        if pieces:
            for start in range(0, len(block), pieces):
                sock.sendall(block[start:start + pieces])
        else:
            sock.sendall(block)
        if pause:
            pause()


def receive_all(sock, first: bytes = b"", pause=None, size: int = 256 * 1024,
                count: int | None = None) -> tuple[str, int]:
    """Digest and number of all bytes until the end, or of `count`."""
    total, length = hashlib.sha256(first), len(first)
    while count is None or length < count:
        data = sock.recv(size if count is None else min(size, count - length))
        if not data:
            break
        total.update(data)
        length += len(data)
        if pause:
            pause()
    return total.hexdigest(), length


class Doing(threading.Thread):
    """Something done beside; `result()` waits for it and raises what it raised."""

    def __init__(self, what, *arguments, **more):
        super().__init__(daemon=True)
        self._what = lambda: what(*arguments, **more)
        self._value, self._trouble = None, None
        self.start()

    def run(self):
        try:
            self._value = self._what()
        except BaseException as trouble:
            self._trouble = trouble

    def result(self, seconds: float = 60):
        self.join(seconds)
        assert not self.is_alive(), "it does not end"
        if self._trouble:
            raise self._trouble
        return self._value


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    with open(f"/proc/{pid}/status") as lines:
        for line in lines:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")
