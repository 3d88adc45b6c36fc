"""A listener for BOSH (XEP-0124, XEP-0206): it tells who is named where to go, and everybody else that it cannot."""

import re
import ssl
import urllib.request
import xml.etree.ElementTree as ElementTree
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

import pytest
from lab.client import Connection
from lab.prosody import WEB, Prosody

from framing import Reply, read_reply
from small import DOMAIN
from test_listeners import version1, version2
from web import telling, telling_edge, told

ALICE, BOB = "alice@im.example", "bob@im.example"
BOSH = "http://jabber.org/protocol/httpbind"


def creation(domain: str | None = DOMAIN, sender: str | None = None, **attributes) -> str:
    """A request for a session, as Strophe.js writes it but for `from`."""
    fields = {"content": "text/xml; charset=utf-8", "hold": "1", "rid": "1", "to": domain, "from": sender,
              "ver": "1.6", "wait": "60", "xml:lang": "en", "xmpp:version": "1.0", "xmlns": BOSH,
              "xmlns:xmpp": "urn:xmpp:xbosh", **attributes}
    text = " ".join(f"{name}={quoteattr(value)}" for name, value in fields.items() if value is not None)
    return f"<body {text}/>"


def request(body: str | bytes = "", method: str = "POST", path: str = "/http-bind", version: str = "HTTP/1.1",
            **headers) -> bytes:
    """As a browser sends it; `headers` (with `_` for `-`) change it, None leaves one out."""
    data = body.encode() if isinstance(body, str) else body
    fields = {"Host": "im.example:5280", "Origin": "https://chat.example", "Content-Type": "text/xml; charset=utf-8",
              "Content-Length": str(len(data)) if method == "POST" else None,
              **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = [f"{name}: {value}\r\n" for name, value in fields.items() if value is not None]
    return f"{method} {path} {version}\r\n{''.join(lines)}\r\n".encode() + data


def ending(reply: Reply) -> tuple[str, str | None]:
    """The condition and the URI of a `<body type='terminate'/>`."""
    assert reply.status == 200, reply
    assert reply.headers["content-type"].split(";")[0] == "text/xml", reply
    assert reply.headers["access-control-allow-origin"] in ("*", "https://chat.example"), \
        f"a page of another origin may not read this: {reply}"
    body = ElementTree.fromstring(reply.body)
    assert (body.tag, body.get("type")) == (f"{{{BOSH}}}body", "terminate"), reply
    uri = body.find(f"{{{BOSH}}}uri")
    return body.get("condition"), uri.text if uri is not None else None


@pytest.fixture(scope="module")
def edge():
    with telling("bosh") as edge:
        yield edge


@pytest.fixture(scope="module")
def secure_edge(authority):
    with telling("bosh", authority) as edge:
        yield edge


def exchange(edge, data: bytes) -> Reply:
    with Connection(edge.ports["web"]) as connection:
        connection.send(data)
        return read_reply(connection)


def is_well(edge):
    assert ending(exchange(edge, request(creation(sender=BOB)))) == ("see-other-uri", told("bosh", "im2", False))


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("user, node", [(ALICE, "im1"), (BOB, "im2"), (f"{BOB}/laptop", "im2")])
def test_who_is_named_is_told_where_to_go(edge, secure_edge, authority, secure, user, node):
    with Connection((secure_edge if secure else edge).ports["web"]) as connection:
        if secure:
            connection.secure(authority.root, DOMAIN, alpn=["http/1.1"])
            assert connection.socket.selected_alpn_protocol() == "http/1.1"
        connection.send(request(creation(sender=user)))
        assert ending(read_reply(connection)) == ("see-other-uri", told("bosh", node, secure))


def test_somebody_elses_client(secure_edge, authority):
    context = ssl.create_default_context(cafile=authority.root)
    context.check_hostname = False  # it is asked for by its address
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    with opener.open(f"https://127.0.0.1:{secure_edge.ports['web']}/any/path?x=1",
                     creation(sender=ALICE).encode(), timeout=10) as answer:
        assert told("bosh", "im1", True) in answer.read().decode()


def test_who_follows_gets_a_session(place, authority):
    """At the node, a real one."""
    server = Prosody(place, "im1", {DOMAIN: authority.certificate(DOMAIN)}, WEB).start()
    edge = telling_edge(place, "bosh", **{"redirect.to.im1.bosh": server.bosh}).start()
    uri = ending(exchange(edge, request(creation(sender=ALICE))))[1]
    assert uri == server.bosh
    with Connection(urlsplit(uri).port) as connection:
        connection.send(request(creation(sender=ALICE), path=urlsplit(uri).path))
        body = ElementTree.fromstring(read_reply(connection).body)
        assert body.get("sid") and body.get("type") is None
    assert edge.stop() == 0


@pytest.mark.parametrize("preamble", [version1("198.51.100.7"), version2("198.51.100.7")], ids=["v1", "v2"])
def test_behind_a_balancer(place, preamble):
    edge = telling_edge(place, "bosh", log__level="debug", **{
        "listener.web.proxy": "required", "listener.web.proxy.from": "127.0.0.0/8"}).start()
    assert ending(exchange(edge, preamble + request(creation(sender=ALICE))))[0] == "see-other-uri"
    edge.logged("redirected", "client=198.51.100.7")
    assert edge.stop() == 0


@pytest.mark.parametrize("body", [
    creation(), creation(sender="im.example"), creation(sender=""), creation(sender="alice@other.example")])
def test_who_is_not_named_hears_that_it_cannot_be(edge, body):
    """A clear error: BOSH is not relayed, and nobody is kept waiting."""
    condition, uri = ending(exchange(edge, request(body)))
    assert (condition, uri) not in ((None, None), ("see-other-uri", None)) and uri is None
    is_well(edge)


@pytest.mark.parametrize("body, condition", [
    (creation("other.example", "alice@other.example"), "host-unknown"),
    (creation("other.example"), "host-unknown"),
])
def test_another_domain(edge, body, condition):
    assert ending(exchange(edge, request(body))) == (condition, None)


def test_a_session_that_there_is_not(edge):
    """A later request of somebody whose session is elsewhere (XEP-0124, 17.2)."""
    body = f"<body rid='7' sid='abcdef' xmlns='{BOSH}'><presence xmlns='jabber:client'/></body>"
    assert ending(exchange(edge, request(body))) == ("item-not-found", None)


@pytest.mark.parametrize("body", [
    "", " ", "hello", "<body", f"<body xmlns='{BOSH}'>", "<body/>", f"<other xmlns='{BOSH}'/>", "<body xmlns='urn:x'/>",
    f"<!DOCTYPE body><body xmlns='{BOSH}' to='im.example' from='alice@im.example'/>",
    f"<!DOCTYPE a [<!ENTITY b 'c'>]><body xmlns='{BOSH}' to='&b;'/>",
    f"<body xmlns='{BOSH}' to='im.example' to='im.example'/>", "<a>" * 500, "\ufffe", "\0" * 100,
    creation(sender=ALICE) + creation(sender=BOB)], ids=lambda body: repr(body[:40]))
def test_what_is_no_body(edge, body):
    reply = exchange(edge, request(body))
    assert reply.status in (200, 400), reply
    if reply.status == 200:
        condition, uri = ending(reply)
        assert condition in ("bad-request", "remote-stream-error", "undefined-condition"), reply
        assert uri is None
    is_well(edge)


def test_bytes_that_are_no_utf8(edge):
    reply = exchange(edge, request(creation(sender=ALICE).encode().replace(b"alice", b"al\xffice")))
    assert reply.status == 400 or ending(reply) == ("bad-request", None), reply


@pytest.mark.parametrize("data, statuses", [
    (request(method="PUT", Content_Length="0"), {400, 405, 501}),
    (request(method="DELETE"), {400, 405, 501}),
    (request(creation(), Content_Length=None), {400, 411}),
    (request(creation(), Content_Length="-5"), {400}),
    (request(creation(), Content_Length="abc"), {400}),
    (request(creation(), Content_Length="1, 2"), {400}),
    (request(creation(), Content_Length="99999999999999999999"), {400, 413}),
    (request(creation(), Content_Length="1000000"), {400, 413}),
    (request(creation(sender=ALICE).replace(" to=", " " * 20000 + "to=")), {400, 413}),
    (request(creation(), Transfer_Encoding="gzip, chunked", Content_Length=None), {400, 411, 501}),
    (request(creation(), Transfer_Encoding="chunked"), {400, 411, 501}),
    (request(creation(), version="HTTP/3.7"), {400, 505}),
    (request(creation(), A="b" * 20000), {400, 431}),
    (b"<body/>\r\n\r\n", {400}),
    (b"POST\r\n\r\n", {400}),
], ids=lambda one: repr(one)[:60])
def test_bad_requests(edge, data, statuses):
    with Connection(edge.ports["web"]) as connection:
        try:
            connection.send(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        reply = read_reply(connection)
        assert reply.status in statuses, reply
        # Where the next request begins is not known any more.
        assert reply.headers.get("connection") == "close" or reply.status in (405, 501), reply
        if reply.headers.get("connection") == "close":
            assert connection.read_to_end().raw == b""
        if reply.status == 405:
            assert "POST" in reply.headers["allow"], reply
    is_well(edge)


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), b"\0" * 1000, b"\r\n" * 20000,
                                  b"<?xml version='1.0'?><stream:stream to='im.example'>"],
                         ids=lambda data: repr(data[:20]))
def test_what_is_no_http(edge, data):
    with Connection(edge.ports["web"]) as connection:
        try:
            connection.send(data)
            connection.socket.shutdown(1)
        except (BrokenPipeError, ConnectionResetError, OSError):
            pass
        raw = connection.read_to_end().raw
        assert raw == b"" or raw.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5")), raw
    is_well(edge)


def test_a_page_of_another_origin_may_ask(edge):
    """CORS: the question that a browser asks before it sends XML to another origin."""
    reply = exchange(edge, request(method="OPTIONS", Content_Type=None,
                                   Access_Control_Request_Method="POST",
                                   Access_Control_Request_Headers="content-type"))
    assert reply.status in (200, 204), reply
    headers = reply.headers
    assert headers["access-control-allow-origin"] in ("*", "https://chat.example"), reply
    assert "POST" in headers["access-control-allow-methods"], reply
    assert "content-type" in headers["access-control-allow-headers"].lower(), reply
    # A page could use what a browser knows of its user here, if this were allowed to any origin.
    assert headers.get("access-control-allow-credentials") != "true", reply


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_looks_whether_anybody_is_there(edge, method):
    with Connection(edge.ports["web"]) as connection:
        connection.send(request(method=method))
        head = connection.read_until(b"\r\n\r\n")
        assert re.match(rb"HTTP/1.1 (200|405) ", head), head
    is_well(edge)


def test_each_request_has_a_connection_of_its_own(edge):
    """A session is not to be had here, so nobody comes twice; what is behind the first request is not answered."""
    for first in (request(method="OPTIONS", Access_Control_Request_Method="POST"), request(creation(sender=ALICE)),
                  request(creation(sender=ALICE), Connection="keep-alive")):
        with Connection(edge.ports["web"]) as connection:
            connection.send(first + request(creation(sender=BOB)))
            reply = read_reply(connection)
            assert reply.status in (200, 204) and reply.headers["connection"] == "close", reply
            answer = connection.read_to_end()
            assert answer.orderly and answer.raw == b"", answer


@pytest.mark.parametrize("change", [{"Connection": "close"}, {"version": "HTTP/1.0"}])
def test_one_request_and_no_more(edge, change):
    with Connection(edge.ports["web"]) as connection:
        connection.send(request(creation(sender=ALICE), **change))
        reply = read_reply(connection)
        assert ending(reply)[0] == "see-other-uri"
        answer = connection.read_to_end()
        assert answer.orderly and answer.raw == b"", answer


def test_the_length_is_true(edge):
    """Browsers wait for as many bytes as are announced."""
    with Connection(edge.ports["web"]) as connection:
        connection.send(request(creation(sender=ALICE), Connection="close"))
        raw = connection.read_to_end().raw
    head, body = raw.split(b"\r\n\r\n", 1)
    [length] = re.findall(rb"(?i)\r\ncontent-length: (\d+)", head)
    assert int(length) == len(body)
    assert ElementTree.fromstring(body) is not None


def test_cut_anywhere(edge):
    data = request(creation(sender=ALICE))
    for cut in range(1, len(data)):
        with Connection(edge.ports["web"]) as connection:
            connection.send(data[:cut])
            connection.send(data[cut:])
            assert ending(read_reply(connection))[0] == "see-other-uri", cut


def test_byte_by_byte(edge):
    with Connection(edge.ports["web"]) as connection:
        for byte in request(creation(sender=BOB)):
            connection.send(bytes([byte]))
        assert ending(read_reply(connection)) == ("see-other-uri", told("bosh", "im2", False))


def test_gone_in_between(edge):
    data = request(creation(sender=ALICE))
    for cut in (1, 50, len(data) - len(creation(sender=ALICE)), len(data) - 3):
        with Connection(edge.ports["web"]) as connection:
            connection.send(data[:cut])
    is_well(edge)


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_declaration_and_white_space(edge, quote):
    text = f"<?xml version='1.0' encoding='UTF-8'?>\n{creation(sender=BOB)}\n"
    assert ending(exchange(edge, request(text.replace('"', quote))))[1] == told("bosh", "im2", False)
