"""WebSocket, byte by byte (RFC 6455), as XMPP uses it (RFC 7395): a client that says exactly what it is told, and the side of a
node. `independent` is somebody else's client, for what is ordinary."""

import base64
import hashlib
import os
import struct
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from lab.client import Connection
from websockets.sync.client import connect

from fakenode import Talk

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

# Status codes of a close frame (RFC 6455, 7.4.1).
NORMAL, PROTOCOL_ERROR, UNACCEPTABLE, NOT_UTF8, POLICY, TOO_BIG = 1000, 1002, 1003, 1007, 1008, 1009

FRAMING = "urn:ietf:params:xml:ns:xmpp-framing"
STREAMS = "urn:ietf:params:xml:ns:xmpp-streams"
END = f'<close xmlns="{FRAMING}" />'

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def opening(domain: str, sender: str | None = None) -> str:
    """`<open/>`, as Strophe.js writes it but for `from`."""
    name = f" from={quoteattr(sender)}" if sender else ""
    return f'<open xmlns="{FRAMING}" to={quoteattr(domain)}{name} version="1.0"/>'


# MARK: The handshake


def request(path: str = "/ws", method: str = "GET", version: str = "HTTP/1.1", **headers) -> bytes:
    """The request of a browser; `headers` (with `_` for `-`) change it, None leaves one out."""
    fields = {
        "Host": "im.example", "Connection": "Upgrade", "Upgrade": "websocket",
        "Origin": "https://chat.example", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Protocol": "xmpp",
        "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
    for name, value in headers.items():
        fields[next((field for field in fields if field.lower() == name.replace("_", "-").lower()),
                    name.replace("_", "-"))] = value
    lines = [f"{name}: {value}\r\n" for name, value in fields.items() if value is not None]
    return f"{method} {path} {version}\r\n{''.join(lines)}\r\n".encode()


def accepting(key: bytes) -> bytes:
    """The `Sec-WebSocket-Accept` that proves that a key was read (RFC 6455, 4.2.2)."""
    return base64.b64encode(hashlib.sha1(key + _GUID).digest())


@dataclass
class Reply:
    """An HTTP response: `headers` by their names in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


def read_reply(connection: Connection) -> Reply:
    """The next response on a connection, with its body if it says how long that is."""
    lines = connection.read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:] if line)
    reply = Reply(int(lines[0].split()[1]),
                  {name.lower(): value.strip() for name, value in headers.items()})
    length = int(reply.headers.get("content-length", 0))
    while len(connection.received) < length:
        data = connection.socket.recv(65536)
        if not data:
            raise ConnectionError(f"closed within the body of {reply}: {connection.received!r}")
        connection.received += data
    reply.body, connection.received = connection.received[:length], connection.received[length:]
    return reply


# MARK: Frames


@dataclass(frozen=True)
class Frame:
    opcode: int
    payload: bytes
    final: bool = True
    masked: bool = False
    reserved: int = 0

    @property
    def status(self) -> int | None:
        """The status code of a close frame."""
        return struct.unpack("!H", self.payload[:2])[0] if self.payload else None


def frame(payload: bytes | str = b"", opcode: int = TEXT, final: bool = True, masked: bool = True,
          reserved: int = 0, length: int | None = None) -> bytes:
    """The bytes of a frame; `length`: what its head claims, else what is true."""
    data = payload.encode() if isinstance(payload, str) else payload
    size = len(data) if length is None else length
    head = bytes([final << 7 | reserved << 4 | opcode])
    mask = 0x80 if masked else 0
    if size < 126:
        head += bytes([mask | size])
    elif size < 1 << 16:
        head += struct.pack("!BH", mask | 126, size)
    else:
        head += struct.pack("!BQ", mask | 127, size)
    if not masked:
        return head + data
    key = os.urandom(4)
    return head + key + xor(data, key)


def xor(data: bytes, key: bytes) -> bytes:
    long = (key * (len(data) // 4 + 1))[:len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(long, "big")).to_bytes(len(data), "big")


def parse(data: bytes) -> tuple[Frame, bytes] | None:
    """The first frame and what is behind it; None: it is not all there."""
    if len(data) < 2:
        return None
    size, at = data[1] & 0x7F, 2
    if size >= 126:
        at = 4 if size == 126 else 10
        if len(data) < at:
            return None
        size = int.from_bytes(data[2:at], "big")
    masked = bool(data[1] & 0x80)
    body = at + 4 * masked
    if len(data) < body + size:
        return None
    payload = data[body:body + size]
    if masked:
        payload = xor(payload, data[at:body])
    return Frame(data[0] & 15, payload, bool(data[0] & 0x80), masked, data[0] >> 4 & 7), data[body + size:]


class Framed:
    """One side of an upgraded connection. `first`: what came behind the handshake already."""

    def __init__(self, socket, first: bytes = b"", masks: bool = True):
        self.socket = socket
        self.received = first
        self._masks = masks

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, text: bytes | str):
        self.send_raw(frame(text, masked=self._masks))

    def send_raw(self, data: bytes):
        self.socket.sendall(data)

    def frame(self) -> Frame:
        """The next frame, whatever it is."""
        while not (parsed := parse(self.received)):
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError(f"closed within a frame: {self.received!r}")
            self.received += data
        frame, self.received = parsed
        assert frame.masked != self._masks, f"clients mask their frames and servers do not: {frame}"
        assert frame.reserved == 0, f"no extension was agreed on: {frame}"
        return frame

    def recv(self) -> str:
        """The text of the next message; pings are answered."""
        text = b""
        while True:
            frame = self.frame()
            if frame.opcode == PING:
                self.send_raw(_control(PONG, frame.payload, self._masks))
                continue
            assert frame.opcode in (TEXT, CONTINUATION), f"{frame} where a text was to come"
            text += frame.payload
            if frame.final:
                return text.decode()

    def to_end(self) -> list[Frame]:
        """All frames until the other side closes; it may not do so within one, nor reset."""
        frames = []
        while True:
            try:
                frames.append(self.frame())
            except ConnectionResetError as trouble:
                raise AssertionError(f"reset behind {frames}") from trouble
            except ConnectionError:
                assert self.received == b"", f"ended within a frame: {self.received!r}"
                return frames

    def close(self, status: int = NORMAL):
        self.send_raw(_control(CLOSE, struct.pack("!H", status), self._masks))


def _control(opcode: int, payload: bytes, masked: bool) -> bytes:
    return frame(payload, opcode, masked=masked)


def upgrade(port: int, root: str | None = None, domain: str = "im.example", preamble: bytes = b"",
            alpn: list[str] | None = None, behind: bytes = b"", **where) -> Framed:
    """A client behind its handshake; with `root` inside TLS. `preamble` goes before everything,
    `behind` into one segment with the request."""
    connection = Connection(port, **where)
    if preamble:
        connection.send(preamble)
    if root:
        connection.secure(root, domain, alpn=alpn)
    sent = request()
    connection.send(sent + behind)
    reply = read_reply(connection)
    assert reply.status == 101, reply
    key = next(line.split(b": ")[1] for line in sent.split(b"\r\n") if b"-Key:" in line)
    assert reply.headers["sec-websocket-accept"] == accepting(key).decode(), reply
    assert reply.headers["sec-websocket-protocol"] == "xmpp", reply
    assert reply.headers["upgrade"].lower() == "websocket", reply
    assert "upgrade" in reply.headers["connection"].lower(), reply
    assert "sec-websocket-extensions" not in reply.headers, reply
    return Framed(connection.socket, connection.received)


def independent(port: int, context=None, domain: str = "im.example", path: str = "/any/path?x=1"):
    """The client of the package `websockets`, behind its handshake."""
    scheme = "wss" if context else "ws"
    client = connect(f"{scheme}://{domain}:{port}{path}", sock=Connection(port).socket, ssl=context,
                     server_hostname=domain if context else None, subprotocols=["xmpp"], proxy=None,
                     max_size=None, open_timeout=10,
                     # ejabberd 23.01 does not answer a close frame.
                     close_timeout=0.2)
    assert client.subprotocol == "xmpp"
    return client


def accept(talk: Talk) -> Framed:
    """A node's side: takes the handshake of whoever comes."""
    head = talk.hear(b"\r\n\r\n")
    key = next(line.split(b":", 1)[1].strip() for line in head.split(b"\r\n")
               if line.lower().startswith(b"sec-websocket-key:"))
    talk.visit.to.append(head)
    talk.say(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             b"Sec-WebSocket-Accept: " + accepting(key) + b"\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n")
    first, talk.visit.said = talk.visit.said, b""
    return Framed(talk.connection, first, masks=False)


# MARK: Messages


def element(message: str) -> ElementTree.Element:
    """What a message holds: exactly one element, complete and with all its namespaces (RFC 7395,
    3.3.3), or this is an error."""
    assert message.startswith("<"), f"the first character is to be '<': {message!r}"
    try:
        return ElementTree.fromstring(message)
    except ElementTree.ParseError as trouble:
        raise AssertionError(f"not one whole element ({trouble}): {message!r}") from trouble


@dataclass
class Parting:
    """How a stream ended: `condition` of its stream error, `uri` of `see-other-uri`, `status` of the
    close frame, `messages`: all texts."""

    condition: str | None
    uri: str | None
    closed: bool
    status: int | None
    messages: list[str]


def parting(framed: Framed) -> Parting:
    """Reads to the end."""
    condition = uri = status = None
    closed, messages = False, []
    for frame in framed.to_end():
        assert status is None, f"{frame} behind the close frame"
        if frame.opcode == TEXT:
            messages.append(frame.payload.decode())
            assert not closed, f"{messages[-1]} behind the end"
            top = element(messages[-1])
            if top.tag == "{http://etherx.jabber.org/streams}error":
                condition = top[0].tag.removeprefix(f"{{{STREAMS}}}")
            elif top.tag == f"{{{FRAMING}}}close":
                closed, uri = True, top.get("see-other-uri")
        elif frame.opcode == CLOSE:
            status = frame.status
    return Parting(condition, uri, closed, status, messages)
