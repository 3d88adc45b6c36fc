"""A listener for WebSocket, with no node behind it: the handshake, frames in every shape, and who is told to go where."""

import base64
import random
import signal
import socket
import struct
import time

import pytest
from lab import until
from lab.client import Connection, header

from framing import (BINARY, CLOSE, CONTINUATION, FRAMING, NORMAL, NOT_UTF8, PING, PONG, PROTOCOL_ERROR,
                     TEXT, TOO_BIG, UNACCEPTABLE, Framed, element, frame, independent, opening, parting,
                     read_reply, request, upgrade)
from member import trust_only
from small import DOMAIN
from test_listeners import LOCAL, version1, version2
from web import telling, telling_edge, told

ALICE, BOB = "alice@im.example", "bob@im.example"
AUTH = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>{}</auth>"
CLOSING = f"<close xmlns='{FRAMING}'/>"


@pytest.fixture(scope="module")
def edge():
    with telling("websocket") as edge:
        yield edge


@pytest.fixture(scope="module")
def secure_edge(authority):
    with telling("websocket", authority) as edge:
        yield edge


def login(name: str = "alice") -> str:
    return AUTH.format(base64.b64encode(f"n,,n={name},r=abcdefgh".encode()).decode())


def is_well(edge):
    """Another client is served as ever."""
    with upgrade(edge.ports["web"]) as client:
        client.send(opening(DOMAIN, BOB))
        assert parting(client).uri == told("websocket", "im2", False)


# MARK: Who goes where


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("user, node", [(ALICE, "im1"), (BOB, "im2"), (f"{BOB}/laptop", "im2"), ("ALICE@im.example", "im1")])
def test_who_is_named_is_told_where_to_go(edge, secure_edge, authority, secure, user, node):
    port = (secure_edge if secure else edge).ports["web"]
    with upgrade(port, authority.root if secure else None) as client:
        client.send(opening(DOMAIN, user))
        end = parting(client)
    assert (end.uri, end.condition, end.closed) == (told("websocket", node, secure), None, True), end
    assert end.status == NORMAL
    # Strophe.js looks at the beginning of the text, not at what it means.
    assert end.messages[-1].startswith("<close ")
    assert len(end.messages) == 1 or end.messages[0].startswith("<open "), end.messages


def test_who_begins_to_log_in_is_told_where_to_go(edge):
    with upgrade(edge.ports["web"]) as client:
        client.send(opening(DOMAIN))
        opened = element(client.recv())
        assert opened.tag == f"{{{FRAMING}}}open"
        assert (opened.get("from"), opened.get("version")) == (DOMAIN, "1.0")
        assert opened.get("id")
        assert "SCRAM-SHA-1" in client.recv()
        client.send(login("bob"))
        assert parting(client).uri == told("websocket", "im2", False)


def test_what_is_said_in_one_breath(edge):
    """Handshake, `<open/>` and login in one segment."""
    with upgrade(edge.ports["web"], behind=frame(opening(DOMAIN)) + frame(login("bob"))) as client:
        end = parting(client)
        assert end.uri == told("websocket", "im2", False)
        assert end.messages[0].startswith("<open ") and "<stream:features" in end.messages[1]


def test_somebody_elses_client(secure_edge, authority):
    context = trust_only(authority.root)
    context.set_alpn_protocols(["http/1.1"])
    with independent(secure_edge.ports["web"], context) as client:
        client.send(opening(DOMAIN, ALICE))
        messages = list(client)
        assert element(messages[-1]).get("see-other-uri") == told("websocket", "im1", True)
        assert client.close_code == NORMAL


@pytest.mark.parametrize("offered, agreed", [
    (["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1"), (None, None)])
def test_the_protocol_inside_tls_is_http(secure_edge, authority, offered, agreed):
    with upgrade(secure_edge.ports["web"], authority.root, alpn=offered) as client:
        assert client.socket.selected_alpn_protocol() == agreed
        client.send(opening(DOMAIN, ALICE))
        assert parting(client).uri == told("websocket", "im1", True)


@pytest.mark.parametrize("preamble", [version1("198.51.100.7"), version2("198.51.100.7"), LOCAL],
                         ids=["v1", "v2", "local"])
@pytest.mark.parametrize("secure", [False, True])
def test_behind_a_balancer(place, authority, preamble, secure):
    edge = telling_edge(place, "websocket", authority if secure else None, log__level="debug", **{
        "listener.web.proxy": "required", "listener.web.proxy.from": "127.0.0.0/8"}).start()
    root = authority.root if secure else None
    with upgrade(edge.ports["web"], root, preamble=preamble) as client:
        client.send(opening(DOMAIN, ALICE))
        assert parting(client).uri == told("websocket", "im1", secure)
    if preamble is not LOCAL:
        edge.logged("redirected", "client=198.51.100.7")
    with Connection(edge.ports["web"]) as connection:
        connection.send(request())
        assert connection.read_to_end().raw == b"", "no balancer, no answer"
    assert edge.stop() == 0


# MARK: The handshake


@pytest.mark.parametrize("change, statuses", [
    ({"Upgrade": None}, {400, 426}),
    ({"Upgrade": "h2c"}, {400, 426}),
    ({"Connection": None}, {400, 426}),
    ({"Connection": "keep-alive"}, {400, 426}),
    ({"Sec_WebSocket_Version": "8"}, {426}),
    ({"Sec_WebSocket_Version": None}, {400, 426}),
    ({"Sec_WebSocket_Key": None}, {400}),
    ({"Sec_WebSocket_Key": "c2hvcnQ="}, {400}),
    ({"Sec_WebSocket_Key": "no base64 at all, is it?"}, {400}),
    ({"Sec_WebSocket_Protocol": None}, {400, 501}),
    ({"Sec_WebSocket_Protocol": "xmpp2, chat"}, {400, 501}),
    ({"method": "POST"}, {400, 405}),
    ({"method": "HEAD"}, {400, 405}),
    ({"version": "HTTP/1.0"}, {400, 426, 505}),
    ({"version": "HTTP/9"}, {400, 505}),
    ({"Content_Length": "5"}, {400, 413}),
    ({"Transfer_Encoding": "chunked"}, {400, 501}),
], ids=str)
def test_a_handshake_that_is_none(edge, change, statuses):
    with Connection(edge.ports["web"]) as connection:
        connection.send(request(**change))
        reply = read_reply(connection)
        assert reply.status in statuses, reply
        if reply.status == 426 and "Sec_WebSocket_Version" in change:
            assert reply.headers["sec-websocket-version"] == "13", reply
        if reply.status == 405:
            assert reply.headers["allow"] == "GET", reply
        assert "sec-websocket-accept" not in reply.headers, reply
        answer = connection.read_to_end()
        # Nothing but that, and an end that lets it be read.
        assert answer.orderly and answer.raw == b"", answer
    is_well(edge)


@pytest.mark.parametrize("change", [
    {"Connection": "keep-alive, Upgrade"}, {"Connection": "upgrade"}, {"Upgrade": "WebSocket"},
    {"Sec_WebSocket_Protocol": "chat, xmpp"}, {"Sec_WebSocket_Protocol": "xmpp,chat"}, {"Origin": None},
    {"path": "/"}, {"path": "/xmpp-websocket?token=1&x=/../.."}, {"path": "/%20"},
    {"Cookie": "a=b; c=" + "d" * 2000}, {"User_Agent": "Mozilla/5.0 (\u00fc)"}, {"Host": "127.0.0.1:5280"},
], ids=lambda change: " ".join(change))
def test_a_handshake_as_some_write_it(edge, change):
    with Connection(edge.ports["web"]) as connection:
        connection.send(request(**change))
        reply = read_reply(connection)
        assert reply.status == 101 and reply.headers["sec-websocket-protocol"] == "xmpp", reply
        client = Framed(connection.socket, connection.received)
        client.send(opening(DOMAIN, ALICE))
        assert parting(client).uri == told("websocket", "im1", False)


@pytest.mark.parametrize("data", [
    header(DOMAIN, ALICE), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), b"\r\n" * 20000,
    b"GET /" + b"a" * 20000, b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 10000 + b"\r\n",
    b"GET / HTTP/1.1\r\nA: " + b"b" * 20000, b"GET\r\n\r\n", b"GET /\r\n\r\n", b"\0" * 1000,
    b"GET / HTTP/1.1\nHost: x\n\n", b"GET / HTTP/1.1\r\n: x\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    b"GET / HTTP/1.1\r\n Host: folded\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"], ids=lambda data: repr(data[:20]))
def test_what_is_no_handshake(edge, data):
    """It is refused with an error of HTTP or not answered at all, and never upgraded."""
    with Connection(edge.ports["web"]) as connection:
        try:
            connection.send(data)
            connection.socket.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass
        raw = connection.read_to_end().raw
        assert raw == b"" or raw.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5")), raw
    is_well(edge)


def test_a_handshake_byte_by_byte(edge):
    data = request() + frame(opening(DOMAIN)) + frame(login())
    with Connection(edge.ports["web"]) as connection:
        for byte in data:
            connection.send(bytes([byte]))
        assert read_reply(connection).status == 101
        assert parting(Framed(connection.socket, connection.received)).uri == told("websocket", "im1", False)


def test_cut_anywhere(edge):
    data = request() + frame(opening(DOMAIN, ALICE))
    for cut in range(1, len(data)):
        with Connection(edge.ports["web"]) as connection:
            connection.send(data[:cut])
            connection.send(data[cut:])
            assert read_reply(connection).status == 101, cut
            assert parting(Framed(connection.socket, connection.received)).uri, cut


# MARK: Frames


def cut_up(text: str, size: int, between: bytes = b"") -> bytes:
    """A message in fragments of this size, with something between them."""
    data = text.encode()
    parts = [data[start:start + size] for start in range(0, len(data), size)]
    frames = [frame(part, CONTINUATION if number else TEXT, number == len(parts) - 1)
              for number, part in enumerate(parts)]
    return between.join(frames)


@pytest.mark.parametrize("size", [1, 7, 50])
@pytest.mark.parametrize("between", [b"", frame(b"still there?", PING)], ids=["nothing", "ping"])
def test_fragments(edge, size, between):
    with upgrade(edge.ports["web"]) as client:
        client.send_raw(cut_up(opening(DOMAIN), size, between))
        pongs = 0
        while (heard := client.frame()).opcode == PONG:
            assert heard.payload == b"still there?"
            pongs += 1
        assert pongs == ((len(opening(DOMAIN)) - 1) // size if between else 0)
        assert heard.payload.startswith(b"<open ")
        assert b"features" in client.frame().payload
        client.send_raw(cut_up(login("bob"), size))
        assert parting(client).uri == told("websocket", "im2", False)


def test_an_empty_fragment(edge):
    with upgrade(edge.ports["web"]) as client:
        client.send_raw(frame(b"", TEXT, False) + frame(opening(DOMAIN, BOB), CONTINUATION, False)
                        + frame(b"", CONTINUATION))
        assert parting(client).uri == told("websocket", "im2", False)


def test_letters_across_fragments(edge):
    """UTF-8 is whole only in the whole message."""
    user = "ünbekannt@im.example"
    data = opening(DOMAIN, user).encode()
    at = data.index(b"\xc3") + 1
    with upgrade(edge.ports["web"]) as client:
        client.send_raw(frame(data[:at], TEXT, False) + frame(data[at:], CONTINUATION))
        end = parting(client)
        assert end.status == NORMAL and end.condition != "not-well-formed", end


@pytest.mark.parametrize("payload", [b"", b"x", b"y" * 125])
def test_pings(edge, payload):
    with upgrade(edge.ports["web"]) as client:
        for moment in ("before", "within"):
            client.send_raw(frame(payload, PING))
            heard = client.frame()
            assert (heard.opcode, heard.payload) == (PONG, payload), moment
            # One that nobody asked for means nothing.
            client.send_raw(frame(payload, PONG))
            if moment == "before":
                client.send(opening(DOMAIN))
                client.recv(), client.recv()
        client.send(login())
        assert parting(client).uri == told("websocket", "im1", False)


WRONG_FRAMES = {
    "unmasked": (frame(opening(DOMAIN, ALICE), masked=False), {PROTOCOL_ERROR}),
    "reserved bit 1": (frame(opening(DOMAIN, ALICE), reserved=4), {PROTOCOL_ERROR}),
    "reserved bit 3": (frame(opening(DOMAIN, ALICE), reserved=1), {PROTOCOL_ERROR}),
    "reserved data opcode": (frame(b"x", 3), {PROTOCOL_ERROR}),
    "reserved control opcode": (frame(b"x", 11), {PROTOCOL_ERROR}),
    "binary": (frame(opening(DOMAIN, ALICE), BINARY), {UNACCEPTABLE}),
    "a ping in fragments": (frame(b"x", PING, False), {PROTOCOL_ERROR}),
    "a long ping": (frame(b"x" * 126, PING), {PROTOCOL_ERROR}),
    "a long close": (frame(struct.pack("!H", NORMAL) + b"x" * 124, CLOSE), {PROTOCOL_ERROR}),
    "nothing to continue": (frame(opening(DOMAIN, ALICE), CONTINUATION), {PROTOCOL_ERROR}),
    "a message within a message": (frame(b"<open ", TEXT, False) + frame(opening(DOMAIN, ALICE)),
                                   {PROTOCOL_ERROR}),
    "no UTF-8": (frame(opening(DOMAIN).encode().replace(b"im.", b"i\xff.")), {NOT_UTF8}),
    "a surrogate": (frame(opening(DOMAIN).encode().replace(b"im.", b"i\xed\xa0\x80.")), {NOT_UTF8}),
    "half a letter": (frame(opening(DOMAIN).encode() + b"\xc3"), {NOT_UTF8}),
    "too long": (frame(b"<open " + b" " * 20000), {TOO_BIG, NORMAL}),
    "announced to be long": (frame(b"<open ", length=1 << 20), {TOO_BIG, NORMAL}),
    "announced to be endless": (frame(b"<open ", length=(1 << 63) - 1), {TOO_BIG, NORMAL}),
    "a length of more than 63 bits": (frame(b"<open ", length=(1 << 64) - 1), {PROTOCOL_ERROR, TOO_BIG, NORMAL}),
    "many fragments": (frame(b"<open ", TEXT, False) + frame(b" " * 100, CONTINUATION, False) * 200,
                       {TOO_BIG, NORMAL}),
    "a close frame of one byte": (frame(b"\x03", CLOSE), {PROTOCOL_ERROR}),
    "a status that may not be sent": (frame(struct.pack("!H", 1005), CLOSE), {PROTOCOL_ERROR}),
    "a close frame that is no text": (frame(struct.pack("!H", NORMAL) + b"\xff", CLOSE), {NOT_UTF8, PROTOCOL_ERROR}),
}


@pytest.mark.parametrize("what", WRONG_FRAMES)
@pytest.mark.parametrize("when", ["at first", "within"])
def test_a_wrong_frame(edge, what, when):
    data, statuses = WRONG_FRAMES[what]
    with upgrade(edge.ports["web"]) as client:
        if when == "within":
            client.send(opening(DOMAIN))
            client.recv(), client.recv()
        try:
            client.send_raw(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        end = parting(client)
    assert end.status in statuses, end
    if end.status == NORMAL:
        # What is too long can be a matter of the stream, too.
        assert end.condition == "policy-violation" and end.closed, end
    assert end.uri is None
    is_well(edge)


def test_as_much_as_is_allowed(edge):
    """Just so many bytes as a client may say; the name is at the end."""
    text = opening(DOMAIN, BOB).replace(" to=", " " * 4000 + "to=")
    with upgrade(edge.ports["web"]) as client:
        client.send(text)
        assert parting(client).uri == told("websocket", "im2", False)


# MARK: The end


def test_the_client_closes_its_stream(edge):
    with upgrade(edge.ports["web"]) as client:
        client.send(opening(DOMAIN))
        client.recv(), client.recv()
        client.send(CLOSING)
        end = parting(client)
        assert (end.status, end.closed, end.condition) == (NORMAL, True, None), end


def test_the_client_closes_a_stream_that_is_none(edge):
    with upgrade(edge.ports["web"]) as client:
        client.send(CLOSING)
        assert parting(client).status is not None


@pytest.mark.parametrize("payload, status", [
    (b"", None), (struct.pack("!H", NORMAL), NORMAL), (struct.pack("!H", 1001) + b"going away", 1001),
    (struct.pack("!H", 4999), 4999)])
def test_the_client_closes_the_connection(edge, payload, status):
    with upgrade(edge.ports["web"]) as client:
        client.send(opening(DOMAIN))
        client.recv(), client.recv()
        client.send_raw(frame(payload, CLOSE))
        frames = client.to_end()
        assert [answer.opcode for answer in frames if answer.opcode != TEXT] == [CLOSE], frames
        assert frames[-1].status in (status, NORMAL), frames


def test_the_client_is_gone(edge):
    """Without a word, at every moment."""
    data = request() + frame(opening(DOMAIN)) + frame(login())
    for cut in (1, 100, len(request()) - 1, len(request()), len(request()) + 3, len(data) - 20):
        with Connection(edge.ports["web"]) as connection:
            connection.send(data[:cut])
    is_well(edge)


def test_nothing_is_left_behind(place):
    edge = telling_edge(place, "websocket").start()
    clients = [upgrade(edge.ports["web"]) for _ in range(50)]
    for number, client in enumerate(clients):
        if number % 2:
            client.send(opening(DOMAIN))
            client.recv()
        client.socket.close()
    with upgrade(edge.ports["web"]) as client:
        client.send(opening(DOMAIN, ALICE))
        assert parting(client).uri
    until(lambda: edge.stop() == 0, 1, "the edge to leave")


# MARK: What is said


@pytest.mark.parametrize("message, condition", [
    (opening("other.example"), "host-unknown"),
    (opening("other.example", "alice@other.example"), "host-unknown"),
    ("<open xmlns='urn:of:something:else' to='im.example' version='1.0'/>", None),
    ("<open to='im.example' version='1.0'/>", None),
    (f"<open xmlns='{FRAMING}' to='im.example' version='1.0'>", None),
    (f"<open xmlns='{FRAMING}' to='im.example' version='1.0'/><a/>", None),
    (f"<open xmlns='{FRAMING}' to='im.example' version='1.0'", "not-well-formed"),
    (f"<open xmlns='{FRAMING}' to='im.example' to='im.example'/>", "not-well-formed"),
    (f"<!DOCTYPE open><open xmlns='{FRAMING}' to='im.example' version='1.0'/>", "restricted-xml"),
    (f"<!-- --><open xmlns='{FRAMING}' to='im.example' version='1.0'/>", "restricted-xml"),
    (header(DOMAIN, ALICE).decode(), None),
    ("<iq xmlns='jabber:client' type='get' id='1'/>", None),
    ("hello", None),
    ("", None),
    (" ", None),
])
def test_what_is_no_opening(edge, message, condition):
    """It ends with a stream error; which one is asked only where there is no choice."""
    with upgrade(edge.ports["web"]) as client:
        client.send(message)
        end = parting(client)
    assert end.uri is None and end.status is not None, end
    assert end.condition or end.status not in (None, NORMAL), end
    if condition:
        assert end.condition == condition, end
        assert end.messages[0].startswith("<open "), "a stream error wants a stream"
        assert end.closed
    is_well(edge)


@pytest.mark.parametrize("message, condition", [
    ("<message xmlns='jabber:client' to='bob@im.example'/>", "not-authorized"),
    ("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>", "not-well-formed"),
    ("<auth", "not-well-formed"),
    ("</stream:stream>", None),
    ("&amp;", None),
])
def test_what_is_no_login(edge, message, condition):
    with upgrade(edge.ports["web"]) as client:
        client.send(opening(DOMAIN))
        client.recv(), client.recv()
        client.send(message)
        end = parting(client)
    assert end.condition or end.status not in (None, NORMAL), end
    if condition:
        assert end.condition == condition, end
    is_well(edge)


def test_no_tls_within(edge):
    """RFC 7395, 3.9: TLS is outside or nowhere."""
    with upgrade(edge.ports["web"]) as client:
        client.send(opening(DOMAIN))
        client.recv(), client.recv()
        client.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        end = parting(client)
    assert end.closed and end.status is not None and not any("<proceed" in text for text in end.messages), end
    is_well(edge)


@pytest.mark.parametrize("separator", ["\n", " ", "\r\n\t"])
def test_white_space_keeps_a_stream_alive_nowhere(edge, separator):
    """RFC 7395 forbids it, some send it nevertheless: it may be taken or refused, but nobody hangs."""
    with upgrade(edge.ports["web"]) as client:
        client.send(opening(DOMAIN))
        client.recv(), client.recv()
        client.send(separator)
        client.send(login())
        assert parting(client).status is not None
    is_well(edge)


def test_messages_are_whole_elements(edge):
    """Each can be read by itself, as a browser does it."""
    with upgrade(edge.ports["web"]) as client:
        client.send(opening(DOMAIN))
        opened, features = client.recv(), client.recv()
        assert element(opened).tag == f"{{{FRAMING}}}open"
        assert element(features).tag == "{http://etherx.jabber.org/streams}features"
        client.send(opening(DOMAIN))
        end = parting(client)
        # A second stream before the first has come to anything.
        assert end.condition or end.status not in (None, NORMAL), end


# MARK: Leaving


def test_who_is_in_is_served_to_the_end(place):
    """SIGTERM in the middle of the handshake, and in the middle of a frame."""
    edge = telling_edge(place, "websocket", drain__timeout="8s").start()
    handshake, data = request(), frame(opening(DOMAIN, ALICE))
    with upgrade(edge.ports["web"]) as inside, Connection(edge.ports["web"]) as outside:
        inside.send_raw(data[:20])
        outside.send(handshake[:40])
        time.sleep(0.2)
        edge.process.signal(signal.SIGTERM)
        until(lambda: not edge.process.running or not edge.process.listens(edge.ports["web"]), 5, "no listener")
        inside.send_raw(data[20:])
        assert parting(inside).uri == told("websocket", "im1", False)
        outside.send(handshake[40:] + data)
        assert read_reply(outside).status == 101
        assert parting(Framed(outside.socket, outside.received)).uri == told("websocket", "im1", False)
    assert edge.process.wait(5) == 0


def test_who_never_ends_is_told_so(place):
    edge = telling_edge(place, "websocket", drain__timeout="1s").start()
    with upgrade(edge.ports["web"]) as inside, Connection(edge.ports["web"]) as outside:
        inside.send(opening(DOMAIN))
        inside.recv(), inside.recv()
        outside.send(request()[:40])
        edge.process.signal(signal.SIGTERM)
        end = parting(inside)
        assert (end.condition, end.closed) == ("system-shutdown", True), end
        raw = outside.read_to_end().raw
        assert raw == b"" or raw.startswith(b"HTTP/1.1 503 "), raw
    assert edge.process.wait(5) == 0


# MARK: Patience


@pytest.fixture
def hasty_edge(place):
    edge = telling_edge(place, "websocket", **{"limit.step": "400ms", "limit.total": "1200ms"}).start()
    yield edge
    is_well(edge)
    assert edge.stop() == 0


@pytest.mark.parametrize("data", [b"", b"G", b"GET /ws HTTP/1.1\r\nHost: im.example\r\n"])
def test_a_handshake_that_does_not_come(hasty_edge, data):
    with Connection(hasty_edge.ports["web"]) as connection:
        connection.send(data)
        raw = connection.read_to_end().raw
        assert raw == b"" or raw.startswith(b"HTTP/1.1 408 "), raw


@pytest.mark.parametrize("data", [b"", b"\x81", frame("<open ", final=False), frame(opening(DOMAIN))[:-1],
                                  frame(opening(DOMAIN))],
                         ids=["nothing", "a byte", "a fragment", "all but a byte", "its opening"])
def test_a_client_that_stops_in_the_middle(hasty_edge, data):
    with upgrade(hasty_edge.ports["web"]) as client:
        client.send_raw(data)
        end = parting(client)
        assert (end.condition, end.closed) == ("connection-timeout", True), end
        assert end.messages[0].startswith("<open ") and end.status is not None, end


@pytest.mark.parametrize("opcode", [PING, PONG], ids=["pings", "pongs"])
def test_who_only_keeps_alive_is_not_waited_for(hasty_edge, opcode):
    """Frames that say nothing are no progress."""
    with upgrade(hasty_edge.ports["web"]) as client:
        begin = time.monotonic()
        try:
            while time.monotonic() - begin < 8:
                client.send_raw(frame(b"", opcode))
                time.sleep(0.05)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert time.monotonic() - begin < 6


def test_random_frames(edge):
    """Whatever comes, it ends, and the edge goes on. A failing seed stands in the message."""
    good = [frame(opening(DOMAIN)), frame(opening(DOMAIN, ALICE)), frame(login()), frame(b"", PING),
            frame("<a/>", TEXT, False), frame("<a/>", CONTINUATION), frame(b"\x03\xe8", CLOSE)]
    for seed in range(400):
        dice = random.Random(seed)
        data = bytearray(b"".join(dice.choice(good) for _ in range(dice.randrange(1, 6))))
        for _ in range(dice.randrange(0, 8)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        with upgrade(edge.ports["web"]) as client:
            try:
                for start in range(0, len(data), size := dice.choice((1, 7, 10_000))):
                    client.send_raw(bytes(data[start:start + size]))
                client.socket.shutdown(socket.SHUT_WR)
            except (BrokenPipeError, ConnectionResetError):
                pass
            try:
                frames = client.to_end()
            except (AssertionError, TimeoutError) as trouble:
                raise AssertionError(f"seed {seed}: {bytes(data)!r}") from trouble
            for one in frames:
                if one.opcode == TEXT:
                    element(one.payload.decode())
    is_well(edge)
