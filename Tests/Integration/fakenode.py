"""Nodes that behave as they are told, well or badly, and note who came and how he left."""

import re
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass, field

from lab import Place, free_port
from lab.client import STREAM_END
from lab.certificates import Certificate

HEADER = (b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='1' version='1.0' "
          b"xmlns:stream='http://etherx.jabber.org/streams' from='im.example'>")
MECHANISMS = (b"<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
              b"<mechanism>SCRAM-SHA-1</mechanism></mechanisms>")
STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
PROCEED = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
HOST_UNKNOWN = (b"<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                b"</stream:error>")


def features(*offers: bytes) -> bytes:
    return b"<stream:features>" + b"".join(offers) + b"</stream:features>"


@dataclass
class Visit:
    """One connection to a node: when it came, what it said, how it ended."""

    began: float
    said: bytes = b""
    # `polite`: the visitor closed its stream and then its direction; else what happened instead.
    end: str | None = None
    secured: bool = False
    to: list[bytes] = field(default_factory=list)


class FakeNode:
    """Listens while it runs; each connection is treated as `behave` says then."""

    def __init__(self, place: Place, name: str, certificate: Certificate | None = None,
                 host: str = "127.0.0.1", behave=None):
        self.name = name
        self.host = host
        self.port = free_port()
        self.behave = behave or well
        self.visits: list[Visit] = []
        self._context = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate.chain, certificate.key)
        self._door = None
        self._open: set[socket.socket] = set()
        place.on_leaving(self.stop)

    @property
    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def tls(self) -> str:
        return "starttls" if self._context else "plain"

    def start(self) -> "FakeNode":
        door = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((self.host, self.port))
        door.listen(64)
        self._door = door
        threading.Thread(target=self._serve, args=(door,), daemon=True).start()
        return self

    def stop(self):
        """Nobody listens any more; who is connected is reset, as when a process is killed."""
        door, self._door = self._door, None
        if door:
            # Closing alone would not wake the thread that accepts.
            door.shutdown(socket.SHUT_RDWR)
            door.close()
        for connection in list(self._open):
            try:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _serve(self, door: socket.socket):
        while True:
            try:
                connection, _ = door.accept()
            except OSError:
                return
            visit = Visit(time.monotonic())
            self.visits.append(visit)
            threading.Thread(target=self._treat, args=(connection, visit), daemon=True).start()

    def _treat(self, connection: socket.socket, visit: Visit):
        self._open.add(connection)
        connection.settimeout(20)
        try:
            visit.end = self.behave(Talk(connection, visit, self._context)) or "node ended"
        except (OSError, ssl.SSLError, EOFError) as trouble:
            visit.end = repr(trouble)
        finally:
            self._open.discard(connection)
            connection.close()


class Talk:
    """What a behaviour uses: one connection to a node."""

    def __init__(self, connection: socket.socket, visit: Visit, context):
        self.connection = connection
        self.visit = visit
        self._context = context

    def say(self, data: bytes):
        self.connection.sendall(data)

    def hear(self, mark: bytes) -> bytes:
        """Reads until `mark` is there, from where the last mark ended."""
        while mark not in self.visit.said:
            data = self.connection.recv(65536)
            if not data:
                raise EOFError(f"ended before {mark}")
            self.visit.said += data
        heard, self.visit.said = self.visit.said.split(mark, 1)
        return heard

    def hear_header(self) -> bytes:
        """The domain that the visitor wants."""
        self.hear(b"<stream:stream")
        domain = re.search(rb"""\bto=['"]([^'"]*)""", self.hear(b">")).group(1)
        self.visit.to.append(domain)
        return domain

    def secure(self):
        self.connection = self._context.wrap_socket(self.connection, server_side=True,
                                                    suppress_ragged_eofs=False)
        self.visit.secured = True

    def part(self) -> str:
        """Waits for the visitor's goodbye, says ours."""
        self.hear(STREAM_END)
        while self.connection.recv(65536):
            pass
        self.say(STREAM_END)
        return "polite"


# MARK: Behaviours


def well(talk: Talk) -> str:
    """A node as it should be."""
    talk.hear_header()
    if not talk._context:
        talk.say(HEADER + features(MECHANISMS))
        return talk.part()
    talk.say(HEADER + features(STARTTLS))
    while True:
        data = talk.connection.recv(65536)
        if not data:
            return "polite" if STREAM_END in talk.visit.said else "ended without a goodbye"
        talk.visit.said += data
        if STREAM_END in talk.visit.said:
            continue
        if b"<starttls" in talk.visit.said:
            break
    talk.hear(b"/>")
    talk.say(PROCEED)
    talk.secure()
    talk.hear_header()
    talk.say(HEADER + features(MECHANISMS))
    return talk.part()


def hung(talk: Talk):
    """Accepts and says nothing."""
    while talk.connection.recv(65536):
        pass


def http(talk: Talk):
    talk.hear_header()
    talk.say(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def closes(talk: Talk):
    """Closes at once."""


def endless_space(talk: Talk):
    """As many bytes as the visitor takes, as fast as he takes them."""
    while True:
        talk.say(b" " * 65536)


def endless_elements(talk: Talk):
    talk.hear_header()
    talk.say(HEADER)
    while True:
        talk.say(b"<message/>" * 1000)


def one_endless_element(talk: Talk):
    talk.hear_header()
    talk.say(HEADER + b"<stream:features>")
    while True:
        talk.say(b"<feature/>" * 1000)


def header_only(talk: Talk):
    """A stream that opens and leads nowhere."""
    talk.hear_header()
    talk.say(HEADER)
    hung(talk)


def without_starttls(talk: Talk) -> str:
    talk.hear_header()
    talk.say(HEADER + features(MECHANISMS))
    return talk.part()


def broken_tls(talk: Talk):
    talk.hear_header()
    talk.say(HEADER + features(STARTTLS))
    talk.hear(b"/>")
    talk.say(PROCEED)
    talk.say(b"this is no TLS at all, and never will be")
    hung(talk)


def host_unknown(talk: Talk):
    talk.hear_header()
    talk.say(HEADER + HOST_UNKNOWN + STREAM_END)


def reset(talk: Talk):
    talk.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
