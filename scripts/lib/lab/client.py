"""A raw XMPP client on blocking sockets: says exactly what it is told and shows what came back.

`ask` is what most tests need: who is sent where? `Session` logs in and keeps contacts, which is how
rosters of real servers are made.
"""

import base64
import re
import socket
import ssl
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from .certificates import Certificate

SECONDS = 10.0

STREAM_END = b"</stream:stream>"

_SEE_OTHER_HOST = re.compile(rb"<see-other-host[^>]*>([^<]*)</see-other-host>")
_CONDITION = re.compile(rb"<stream:error[^>]*>\s*<([a-z-]+)")


def header(domain: str, sender: str | None = None) -> bytes:
    """The opening of a stream to `domain`, from `sender` if it names itself."""
    name = f" from={quoteattr(sender)}" if sender else ""
    return (
        f"<?xml version='1.0'?><stream:stream to={quoteattr(domain)}{name} version='1.0' "
        "xml:lang='en' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
    ).encode()


STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"


@dataclass
class Answer:
    """All bytes that came on the last stream, and whether the peer closed it in order."""

    raw: bytes
    orderly: bool
    certificate: dict | None = None
    protocol: str | None = None

    @property
    def target(self) -> str | None:
        """`host:port` of `<see-other-host/>`."""
        found = _SEE_OTHER_HOST.search(self.raw)
        return found.group(1).decode() if found else None

    @property
    def condition(self) -> str | None:
        """The defined condition of the stream error."""
        found = _CONDITION.search(self.raw)
        return found.group(1).decode() if found else None

    @property
    def names(self) -> list[str]:
        """The domains of the server's certificate."""
        pairs = (self.certificate or {}).get("subjectAltName", ())
        return [value for kind, value in pairs if kind == "DNS"]


class Connection:
    """A TCP connection to `port` of this machine, before or inside TLS."""

    def __init__(self, port: int, host: str = "127.0.0.1", source: str | None = None,
                 seconds: float = SECONDS):
        bind = (source, 0) if source else None
        self.socket = socket.create_connection((host, port), seconds, source_address=bind)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data: bytes | str):
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def read_until(self, *marks: bytes) -> bytes:
        """Reads until one of `marks` is there; what precedes and the mark are taken away."""
        while True:
            ends = [self.received.find(mark) + len(mark) for mark in marks if mark in self.received]
            if ends:
                end = min(ends)
                taken, self.received = self.received[:end], self.received[end:]
                return taken
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError(f"closed before {marks}: {self.received!r}")
            self.received += data

    def read_to_end(self) -> Answer:
        """Reads until the peer closes."""
        orderly = True
        try:
            while data := self.socket.recv(65536):
                self.received += data
        except (ConnectionResetError, ssl.SSLError):
            orderly = False
        raw, self.received = self.received, b""
        if isinstance(self.socket, ssl.SSLSocket):
            return Answer(raw, orderly, self.socket.getpeercert(),
                          self.socket.selected_alpn_protocol())
        return Answer(raw, orderly)

    def secure(self, root: str, domain: str | None, alpn: list[str] | None = None,
               expected: str | None = None, version: ssl.TLSVersion | None = None,
               own: Certificate | None = None):
        """TLS with `domain` as SNI (None: no SNI), trusting only `root`; the certificate must be
        for `expected`, by default `domain`. `version`: the newest that the client knows; `own`: what it
        shows if it is asked."""
        context = ssl.create_default_context(cafile=root)
        if version:
            context.maximum_version = version
        if own:
            context.load_cert_chain(own.chain, own.key)
        if alpn:
            context.set_alpn_protocols(alpn)
        if domain is None or expected not in (None, domain):
            context.check_hostname = False
        self.socket = context.wrap_socket(self.socket, server_hostname=domain)

    def starttls(self, domain: str, root: str, sni: str | None = None, **more):
        """Negotiates STARTTLS; `sni` defaults to `domain`; `more` as for `secure`."""
        self.send(header(domain))
        self.read_until(b"</stream:features>")
        self.send(STARTTLS)
        self.read_until(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
                        b'<proceed xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>')
        self.secure(root, sni or domain, **more)


def ask(port: int, user: str, how: str, root: str | None = None, **where) -> Answer:
    """Connects `how` (`plain`, `starttls`, `directtls`), names itself as `user`, reads the answer."""
    domain = user.split("@", 1)[1]
    with Connection(port, **where) as connection:
        if how == "starttls":
            connection.starttls(domain, root)
        elif how == "directtls":
            connection.secure(root, domain, alpn=["xmpp-client"])
        connection.send(header(domain, user))
        return connection.read_to_end()


class Session:
    """A logged-in client (STARTTLS, PLAIN), good enough to keep contacts."""

    def __init__(self, port: int, user: str, password: str, root: str):
        local, domain = user.split("@", 1)
        self._connection = Connection(port)
        self._connection.starttls(domain, root)
        self._say(header(domain, user), b"</stream:features>")
        secret = base64.b64encode(f"\0{local}\0{password}".encode()).decode()
        self._say("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
                  f"{secret}</auth>", b"<success")
        self._say(header(domain, user), b"</stream:features>")
        self._say("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
                  b"</iq>")

    def _say(self, text: bytes | str, answer: bytes) -> bytes:
        self._connection.send(text)
        return self._connection.read_until(answer)

    def befriend(self, contacts: list[str]):
        """Asks for each contact's presence and grants ours (RFC 6121, 3.1 and 3.4).

        When both sides have said so, in whatever order, both rosters say `both`.
        """
        self._connection.send("<presence/>")
        for contact in contacts:
            to = quoteattr(contact)
            self._connection.send(
                f"<presence to={to} type='subscribed'/><presence to={to} type='subscribe'/>"
            )
        self.wait()

    def list_only(self, contact: str, name: str):
        """A contact without any subscription: no tie."""
        self._say("<iq type='set' id='r'><query xmlns='jabber:iq:roster'>"
                  f"<item jid={quoteattr(contact)} name={quoteattr(name)}/></query></iq>", b"r'")

    def wait(self):
        """Returns when the server has done all that was said before."""
        self._say("<iq type='get' id='wait'><query xmlns='jabber:iq:roster'/></iq>", b"wait")

    def roster(self) -> str:
        self._connection.send("<iq type='get' id='all'><query xmlns='jabber:iq:roster'/></iq>")
        return self._connection.read_until(b"</iq>", b"all'/>").decode()

    def close(self):
        self._connection.send(STREAM_END)
        self._connection.read_to_end()
        self._connection.socket.close()


__all__ = ["Answer", "Connection", "Session", "ask", "escape", "header"]
