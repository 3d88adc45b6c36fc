"""Clients by WebSocket, relayed to nodes by WebSocket: what the nodes hear, what passes, and how it ends."""

import hashlib
import random
import signal
import socket
import time

import pytest
from lab import until
from lab.client import Connection

import fakenode
from fakenode import FakeNode
from framing import (BINARY, CLOSE, CONTINUATION, FRAMING, NORMAL, PING, PONG, TEXT, accept, element, frame,
                     independent, opening, parting, request, upgrade)
from relaying import ALICE, BOB, Doing, Flow, receive_all, resident, send_all
from member import trust_only
from small import DOMAIN
from test_listeners import version1
from web import FEATURES, NODE_OPEN, carries, carrying_edge, node_that, web_visits

PLAIN = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGFsaWNlAHB3</auth>"
SUCCESS = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"


def node(place, then=carries, name="im1", **more) -> FakeNode:
    return FakeNode(place, name, behave=node_that(then, **more)).start()


def enter(edge, user: str = ALICE, **where):
    """A client that is relayed: the node's features have come."""
    client = upgrade(edge.ports["web"], **where)
    client.send(opening(DOMAIN, user))
    assert client.recv().startswith("<open ")
    assert "features" in client.recv()
    return client


# MARK: What the node hears


def test_the_node_hears_what_the_client_said(place):
    im1 = node(place)
    edge = carrying_edge(place, [im1]).start()
    with enter(edge) as client:
        [visit] = web_visits(im1)
        head, opened = visit.to[:2]
        lines = head.decode().split("\r\n")
        assert lines[0] == "GET /im1/ws HTTP/1.1"
        fields = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
        assert fields["host"] == im1.address
        assert fields["upgrade"].lower() == "websocket" and "upgrade" in fields["connection"].lower()
        assert (fields["sec-websocket-version"], fields["sec-websocket-protocol"]) == ("13", "xmpp")
        assert "sec-websocket-extensions" not in fields
        assert opened == opening(DOMAIN, ALICE), "word for word"
        client.send("<presence xmlns='jabber:client'/>")
        assert client.recv() == "<presence xmlns='jabber:client'/>"


def test_who_begins_to_log_in_hears_the_beginning_once(place):
    def then(framed, _):
        heard.append(framed.recv())
        framed.send(SUCCESS)
        return carries(framed)

    heard = []
    im1 = node(place, then)
    edge = carrying_edge(place, [im1]).start()
    with upgrade(edge.ports["web"]) as client:
        client.send(opening(DOMAIN))
        assert client.recv().startswith("<open ")
        assert "features" in client.recv()
        assert not im1.visits
        client.send(PLAIN)
        assert client.recv() == SUCCESS
        client.send("<a/>")
        assert client.recv() == "<a/>"
    assert heard == [PLAIN]


def test_what_comes_behind_the_login_goes_behind_it(place):
    """In one segment, in fragments, cut anywhere."""
    def then(framed, _):
        assert framed.recv() == PLAIN
        framed.send(SUCCESS)
        texts = [framed.recv() for _ in range(101)]
        framed.send(f"<heard n='{len(texts)}' last='{texts[-1] == '<last/>'}'/>")

    im1 = node(place, then)
    edge = carrying_edge(place, [im1]).start()
    first, rest = frame(opening(DOMAIN)), frame(PLAIN) + b"".join([frame("<a/>")] * 100) + frame("<last/>")
    data = request() + first + rest
    cuts = [len(data), len(request()), len(request() + first), len(data) - 5, len(data) - 300,
            len(request() + first) + 10, len(request() + first + frame(PLAIN)) + 1]
    for cut in cuts:
        with Connection(edge.ports["web"]) as client:
            client.send(data[:cut])
            time.sleep(0.05)
            client.send(data[cut:])
            assert client.read_until(b"<heard n='101' last='True'/>", b"error"), cut


def test_the_node_answers_byte_by_byte(place):
    def behave(talk):
        if talk.connection.recv(3, socket.MSG_PEEK) != b"GET":
            return fakenode.well(talk)

        class Slowly:
            def __getattr__(self, name):
                return getattr(talk.connection, name)

            def sendall(self, data):
                talk.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for byte in data:
                    talk.connection.sendall(bytes([byte]))

        talk.say = Slowly().sendall
        framed = accept(talk)
        framed.socket = Slowly()
        framed.recv()
        framed.send_raw(frame(NODE_OPEN[:20], TEXT, False, masked=False) + frame(b"?", PING, masked=False)
                        + frame(NODE_OPEN[20:], CONTINUATION, masked=False))
        framed.send(FEATURES)
        return carries(framed)

    im1 = FakeNode(place, "im1", behave=behave).start()
    edge = carrying_edge(place, [im1]).start()
    for user in (ALICE, None):
        with upgrade(edge.ports["web"]) as client:
            client.send(opening(DOMAIN, user))
            assert client.recv().startswith("<open ")
            assert "features" in client.recv()
            client.send(PLAIN)
            # This node says back what it hears.
            assert client.recv() == PLAIN


def test_the_node_says_everything_at_once(place):
    """Its handshake, its `<open/>` and its features in one segment."""
    def behave(talk):
        if talk.connection.recv(3, socket.MSG_PEEK) != b"GET":
            return fakenode.well(talk)
        said, talk.say = [], lambda data: said.append(data)
        framed = accept(talk)
        talk.connection.sendall(said[0] + frame(NODE_OPEN, masked=False) + frame(FEATURES, masked=False))
        assert framed.recv()
        return carries(framed)

    im1 = FakeNode(place, "im1", behave=behave).start()
    edge = carrying_edge(place, [im1]).start()
    with enter(edge) as client:
        client.send(PLAIN)
        assert client.recv() == PLAIN


def test_what_a_proxy_header_says_is_not_for_the_node(place):
    im1 = node(place)
    edge = carrying_edge(place, [im1], **{
        "listener.web.proxy": "required", "listener.web.proxy.from": "127.0.0.0/8"}).start()
    with enter(edge, preamble=version1("198.51.100.7")) as client:
        client.send("<a/>")
        assert client.recv() == "<a/>"


def test_inside_tls_by_somebody_elses_client(place, authority):
    im1 = node(place)
    edge = carrying_edge(place, [im1], authority).start()
    with independent(edge.ports["web"], trust_only(authority.root)) as client:
        client.send(opening(DOMAIN, ALICE))
        assert client.recv().startswith("<open ") and "features" in client.recv()
        for size in (1, 125, 126, 65535, 65536, 1 << 20):
            text = "<" + "x" * size
            client.send(text)
            assert client.recv() == text


def test_the_nodes_own_address(place):
    """`internalwebsocket` is where the edge goes, `websocket` is for clients."""
    im1 = node(place)
    edge = carrying_edge(place, [im1], **{
        "redirect.to.im1.websocket": "ws://127.0.0.1:9/nobody",
        "redirect.to.im1.internalwebsocket": f"ws://{im1.address}/inside"}).start()
    with enter(edge):
        assert web_visits(im1)[0].to[0].startswith(b"GET /inside HTTP/1.1\r\n")


# MARK: Traffic


def test_thousands_of_frames_each_way(place):
    """Of every length, many to a segment; each comes once, in order and unharmed."""
    count, seed = 5000, random.Random(7395)
    sizes = [seed.choice((0, 1, 125, 126, 127, 200, 1400, 70000 if seed.random() < 0.01 else 3000))
             for _ in range(count)]
    texts = [hashlib.shake_256(str(number).encode()).hexdigest(size // 2 + 1)[:size]
             for number, size in enumerate(sizes)]
    im1 = node(place)
    edge = carrying_edge(place, [im1]).start()
    with enter(edge) as client:
        def say():
            for start in range(0, count, 50):
                client.send_raw(b"".join(map(frame, texts[start:start + 50])))

        saying = Doing(say)
        heard = [client.recv() for _ in range(count)]
        saying.result()
        assert heard == texts


def test_every_kind_of_frame_passes(place):
    """What the two agree on after the login is their affair."""
    im1 = node(place)
    edge = carrying_edge(place, [im1]).start()
    with enter(edge) as client:
        frames = [(b"ping", PING, True), (b"pong", PONG, True), (b"<a", TEXT, False), (b"within", PING, True),
                  (b"/>", CONTINUATION, True), (b"\xff\x00", BINARY, True)]
        for payload, opcode, final in frames:
            client.send_raw(frame(payload, opcode, final))
        heard = [client.frame() for _ in frames]
        assert [(one.payload, one.opcode, one.final) for one in heard] == frames


def test_one_byte_segments_each_way(place):
    im1 = node(place)
    edge = carrying_edge(place, [im1]).start()
    with enter(edge) as client:
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(100):
            text = f"<message n='{number}'>{'ä' * 20}</message>"
            for byte in frame(text):
                client.socket.sendall(bytes([byte]))
            assert client.recv() == text


@pytest.mark.parametrize("secure", [False, True])
def test_a_reader_that_does_not_read(place, authority, secure):
    """32 MiB for a client that takes them late: the node waits, the edge does not grow, nothing is lost."""
    flow = Flow(32 << 20, "web")

    def then(framed, _):
        framed.recv()
        send_all(framed.socket, flow)

    im1 = node(place, then)
    edge = carrying_edge(place, [im1], authority if secure else None).start()
    with enter(edge, **({"root": authority.root} if secure else {})) as client:
        client.send("<go/>")
        before = resident(edge.process.pid)
        time.sleep(1.5)
        assert resident(edge.process.pid) - before < 4 << 20
        assert receive_all(client.socket, client.received, count=flow.size) == (flow.digest, flow.size)


# MARK: The end


def test_a_node_that_dies_is_left_at_once(place):
    """Who was relayed to it sees the end, and finds the fallback when he comes back."""
    nodes = [node(place, name=name) for name in ("im1", "im2")]
    edge = carrying_edge(place, nodes, redirect__pollfrequency="1s", redirect__probe__return="1s").start()
    edge.logged("offering")
    clients = [enter(edge) for _ in range(20)]
    for client in clients:
        client.send("<a/>")
        assert client.recv() == "<a/>"
    begin = time.monotonic()
    nodes[0].stop()
    for client in clients:
        # A close frame says more than an end without a word, but there may be half a frame before it.
        frames = client.to_end()
        assert [one.opcode for one in frames] in ([], [CLOSE]), frames
        client.socket.close()
    ended = time.monotonic() - begin
    edge.logged("node down", "im1", seconds=5)
    with enter(edge) as client:
        client.send("<b/>")
        assert client.recv() == "<b/>"
    assert len(web_visits(nodes[1])) == 1
    print(f"clients saw the end after {ended:.3f} s")
    assert ended < 1


def test_a_client_that_is_gone_is_gone_at_the_node(place):
    im1 = node(place)
    edge = carrying_edge(place, [im1]).start()
    with enter(edge) as client:
        client.send("<a/>")
        assert client.recv() == "<a/>"
    until(lambda: web_visits(im1)[0].end == "client ended", 5, lambda: repr(web_visits(im1)[0].end))


def test_the_closing_handshake_passes(place):
    im1 = node(place)
    edge = carrying_edge(place, [im1]).start()
    with enter(edge) as client:
        client.send(f"<close xmlns='{FRAMING}'/>")
        assert element(client.recv()).tag == f"{{{FRAMING}}}close"
        client.close()
        [closed] = client.to_end()
        assert (closed.opcode, closed.status) == (CLOSE, NORMAL)
    until(lambda: web_visits(im1)[0].end == "closed", 5, lambda: repr(web_visits(im1)[0].end))


def test_one_direction_may_end_before_the_other(place):
    def then(framed, talk):
        assert framed.recv() == "<last/>"
        try:
            framed.frame()
        except ConnectionError:
            framed.send("<goodbye/>")
            return "half"

    im1 = node(place, then)
    edge = carrying_edge(place, [im1]).start()
    with enter(edge) as client:
        client.send("<last/>")
        client.socket.shutdown(socket.SHUT_WR)
        assert [one.payload for one in client.to_end() if one.opcode == TEXT] == [b"<goodbye/>"]
    until(lambda: web_visits(im1)[0].end == "half", 5, lambda: repr(web_visits(im1)[0].end))


def answers(text: bytes):
    """A node that answers a handshake with this."""
    def behave(talk):
        if talk.connection.recv(3, socket.MSG_PEEK) != b"GET":
            return fakenode.well(talk)
        head = talk.hear(b"\r\n\r\n")
        talk.visit.to.append(head)
        talk.say(text)
        return fakenode.hung(talk)
    return behave


UPGRADED = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: %s\r\n\r\n")

BAD_NODES = {
    "refuses": answers(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    "another protocol": answers(UPGRADED % (b"ICX+Yqv66kxgM0FcWaLWlFLwTAI=", b"chat")),
    "did not read the key": answers(UPGRADED % (b"ICX+Yqv66kxgM0FcWaLWlFLwTAI=", b"xmpp")),
    "sends elsewhere": answers(b"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"),
    "is no server of HTTP": answers(b"<stream:error/></stream:stream>"),
    "talks for ever": answers(b"HTTP/1.1 101 Switching Protocols\r\n" + b"A: b\r\n" * 100000),
    "says nothing": answers(b""),
    "does not know the domain": node_that(lambda framed, _: framed.to_end(), (
        NODE_OPEN, "<stream:error xmlns:stream='http://etherx.jabber.org/streams'>"
        "<host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
        f"<close xmlns='{FRAMING}'/>")),
    "masks": node_that(lambda framed, _: framed.send_raw(frame(NODE_OPEN) + frame(FEATURES)), ()),
    "sends a huge frame": node_that(
        lambda framed, _: framed.send_raw(frame(b"<open ", masked=False, length=1 << 40)), ()),
    "says goodbye": node_that(lambda framed, _: framed.close(), ()),
}


@pytest.mark.parametrize("what", BAD_NODES)
@pytest.mark.parametrize("named", ["in the opening", "by the login"])
def test_a_node_that_cannot_be_had(place, what, named):
    im1 = FakeNode(place, "im1", behave=BAD_NODES[what]).start()
    edge = carrying_edge(place, [im1], redirect__relay__timeout="2s", log__level="debug").start()
    with upgrade(edge.ports["web"]) as client:
        client.send(opening(DOMAIN, ALICE if named == "in the opening" else None))
        if named == "by the login":
            client.recv(), client.recv()
            client.send(PLAIN)
        end = parting(client)
    assert (end.condition, end.closed) == ("remote-connection-failed", True), end
    edge.logged("not relayed")
    if what != "masks":
        assert PLAIN.encode() not in b"".join(visit.said for visit in im1.visits)


def test_nobody_listens_there(place):
    im1 = FakeNode(place, "im1")
    edge = carrying_edge(place, [im1]).start()
    with upgrade(edge.ports["web"]) as client:
        client.send(opening(DOMAIN, ALICE))
        end = parting(client)
        assert (end.condition, end.closed) == ("remote-connection-failed", True), end


def test_a_leaving_edge_closes_relayed_clients(place):
    im1 = node(place)
    edge = carrying_edge(place, [im1], drain__relay="2s", drain__timeout="10s").start()
    clients = [enter(edge) for _ in range(20)]
    begin = time.monotonic()
    edge.process.signal(signal.SIGTERM)
    for client in clients:
        client.to_end()
        client.socket.close()
    assert edge.process.wait(10) == 0
    assert time.monotonic() - begin < 6


# MARK: One or the other


def test_who_is_known_to_follow_is_told_where_to_go(place):
    im1, im2 = node(place), node(place, name="im2")
    edge = carrying_edge(place, [im1, im2], redirect__mode="auto", log__level="debug").start()
    with enter(edge):
        line = edge.logged("relaying", "shape=")
    assert "because=unknown" in line
    shape = line.split("shape=")[1].split(" ")[0]
    followers = place.file("followers", f"shape {shape}\n")
    edge.write(redirect__auto__followers=followers)
    edge.reload()
    edge.logged("serving", after=edge.log.index("relaying"))
    for user, known in ((ALICE, im1), (BOB, im2)):
        with upgrade(edge.ports["web"]) as client:
            client.send(opening(DOMAIN, user))
            assert parting(client).uri == f"ws://{known.address}/{known.name}/ws"
    # Another program: it says things in another order.
    with upgrade(edge.ports["web"]) as client:
        client.send(f"<open version='1.0' to='{DOMAIN}' from='{BOB}' xmlns='{FRAMING}'/>")
        assert client.recv() == NODE_OPEN


def test_who_comes_back_is_relayed(place):
    im1 = node(place)
    edge = carrying_edge(place, [im1], redirect__mode="auto", redirect__auto__first="redirect").start()
    with upgrade(edge.ports["web"]) as client:
        client.send(opening(DOMAIN, ALICE))
        assert parting(client).uri == f"ws://{im1.address}/im1/ws"
    with enter(edge) as client:
        client.send("<a/>")
        assert client.recv() == "<a/>"


def test_memory_does_not_grow_with_clients_that_come_and_go(place):
    im1 = node(place)
    edge = carrying_edge(place, [im1]).start()

    def some():
        for _ in range(300):
            with enter(edge) as client:
                client.send("<a/>" * 500)
                assert client.recv()
        return resident(edge.process.pid)

    some()
    before = resident(edge.process.pid)
    assert some() - before < 2 << 20
