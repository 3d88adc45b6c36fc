"""Relaying: not a byte is lost, invented or kept, whoever is slow, ends, or dies."""

import random
import signal
import socket
import ssl
import threading
import time

import pytest
from lab import until
from lab.certificates import Authority
from lab.client import STREAM_END, Connection, header
from lab.programs import Edge, file_descriptors

import fakenode
from fakenode import HEADER, MECHANISMS, FakeNode, features
from relaying import (ALICE, BOB, MIB, Doing, Flow, TwoWay, digest, end_output, enter, node_that,
                      receive_all, relaying_edge, resident, send_all)
from small import DOMAIN, compile_map

# By it edges know each other; clients do not care.
MARK = b"<edge xmlns='urn:redirect-edge:1'/>"
LISTENERS = {"inside": "plain", "starttls": "starttls", "directtls": "directtls"}


def fake(place, how: str, then, authority=None, name="im1") -> FakeNode:
    """A node that is reached by `how` and then does `then`."""
    certificate = authority.certificate(DOMAIN) if how != "plain" else None
    node = FakeNode(place, name, certificate, behave=node_that(then, direct=how == "directtls"))
    node.how = how
    return node.start()


# MARK: Bytes


@pytest.mark.parametrize("first", ["client", "node"])
@pytest.mark.parametrize("client_how,node_how", [
    ("inside", "plain"), ("starttls", "starttls"), ("directtls", "plain"), ("inside", "directtls")])
def test_both_directions_arrive_whole_and_end_one_by_one(place, authority, client_how, node_how,
                                                         first):
    """Each side is slow in turn, sends in bursts, and goes on after the other has ended."""
    up, down = Flow(6 * MIB + 17, "up"), Flow(5 * MIB + 3, "down")
    chance = random.Random(1)

    def pause():
        if chance.random() < 0.1:
            time.sleep(0.01)

    heard = []

    def then(talk):
        sock = talk.connection
        if first == "client":
            # The client has ended before the node begins.
            heard.append(receive_all(sock, talk.visit.said, pause))
            send_all(sock, down, pause=pause)
            end_output(sock)
        else:
            send_all(sock, down, pause=pause)
            end_output(sock)
            heard.append(receive_all(sock, talk.visit.said, pause))

    node = fake(place, node_how, then, authority)
    edge = relaying_edge(place, [node], LISTENERS, authority).start()
    with enter(edge, how=client_how, root=authority.root) as client:
        if first == "client":
            send_all(client.socket, up, pause=pause)
            end_output(client.socket)
            assert receive_all(client.socket, client.received, pause) == (down.digest, down.size)
        else:
            assert receive_all(client.socket, client.received, pause) == (down.digest, down.size)
            send_all(client.socket, up, pause=pause)
            end_output(client.socket)
        until(lambda: heard, 10, "the node to have heard all")
    assert heard[0] == (up.digest, up.size)
    # Nothing is left of it.
    until(lambda: "ESTABLISHED" not in sockets(edge), 5, lambda: sockets(edge))


def sockets(edge) -> str:
    """The TCP connections of the edge's ports that are not closed."""
    ports = {f"{port:04X}" for port in edge.ports.values()}
    found = []
    with open("/proc/net/tcp") as lines:
        for line in lines:
            fields = line.split()
            if fields[1].rsplit(":", 1)[-1] in ports and fields[3] in ("01", "08"):
                found.append(f"ESTABLISHED {fields[1]} {fields[2]}")
    return "\n".join(found)


@pytest.mark.parametrize("client_how,node_how", [("inside", "plain"), ("starttls", "directtls")])
def test_both_at_once(place, authority, client_how, node_how):
    """Both send and read at the same time, as fast as they can."""
    up, down = Flow(24 * MIB, "up"), Flow(24 * MIB, "down")

    def then(talk):
        both = TwoWay(talk.connection)
        sender = Doing(send_all, both, down)
        heard.append(receive_all(both, talk.visit.said, count=up.size))
        sender.result()

    heard = []
    node = fake(place, node_how, then, authority)
    edge = relaying_edge(place, [node], LISTENERS, authority).start()
    with enter(edge, how=client_how, root=authority.root) as client:
        both = TwoWay(client.socket)
        sender = Doing(send_all, both, up)
        assert receive_all(both, client.received, count=down.size) == (down.digest, down.size)
        sender.result()
        until(lambda: heard, 20, "the node to have heard all")
    assert heard == [(up.digest, up.size)]


@pytest.mark.parametrize("client_how,node_how", [("inside", "plain"), ("starttls", "starttls")])
def test_one_byte_at_a_time(place, authority, client_how, node_how):
    flow = Flow(4000, "crumbs")

    def echo(talk):
        talk.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while data := talk.connection.recv(100):
            for byte in data:
                talk.connection.sendall(bytes([byte]))
        end_output(talk.connection)

    node = fake(place, node_how, echo, authority)
    edge = relaying_edge(place, [node], LISTENERS, authority).start()
    with enter(edge, how=client_how, root=authority.root) as client:
        both = TwoWay(client.socket)
        sender = Doing(lambda: (send_all(both, flow, pieces=1), both.end_output()))
        assert receive_all(both, client.received) == (flow.digest, flow.size)
        sender.result()


def test_urgent_bytes_hold_nothing_up(place):
    """TCP lets a read stop short before an urgent byte (RFC 6093); what is behind it must not wait for more to come."""
    node = fake(place, "plain", carries)
    edge = relaying_edge(place, [node]).start()
    with enter(edge) as client:
        for number in range(200):
            client.send(f"before {number};")
            client.socket.send(b"!", socket.MSG_OOB)
            client.send(f"behind {number};")
            assert client.read_until(f"behind {number};".encode()).startswith(b"before")


@pytest.mark.parametrize("slow", ["client", "node"])
@pytest.mark.parametrize("client_how,node_how", [("inside", "plain"), ("starttls", "starttls")])
def test_who_does_not_read_costs_no_memory(place, authority, client_how, node_how, slow):
    """200 MiB are sent to somebody who does not read for a while: they wait with the sender."""
    flow = Flow(200 * MIB, "much")

    def then(talk):
        if slow == "client":
            send_all(talk.connection, flow)
        else:
            time.sleep(3)
            heard.append(receive_all(talk.connection, talk.visit.said))
        end_output(talk.connection)

    heard = []
    node = fake(place, node_how, then, authority)
    edge = relaying_edge(place, [node], LISTENERS, authority).start()
    with enter(edge, how=client_how, root=authority.root, seconds=60) as client:
        before = resident(edge.process.pid)
        if slow == "client":
            time.sleep(3)
            during = resident(edge.process.pid)
            assert receive_all(client.socket, client.received) == (flow.digest, flow.size)
        else:
            sender = Doing(lambda: (send_all(client.socket, flow), end_output(client.socket)))
            time.sleep(2)
            during = resident(edge.process.pid)
            sender.result()
            until(lambda: heard, 60, "the node to have heard all")
            assert heard == [(flow.digest, flow.size)]
        after = resident(edge.process.pid)
    print(f"resident: {before} before, {during} while nobody reads, {after} after")
    assert during - before < 2 * MIB and after - before < 4 * MIB


def test_who_never_reads_is_disconnected(place):
    def then(talk):
        send_all(talk.connection, Flow(200 * MIB, "much"))

    node = fake(place, "plain", then)
    edge = relaying_edge(place, [node], redirect__relay__stuck="1s").start()
    with enter(edge) as client:
        begin = time.monotonic()
        # Its other direction does not help it.
        def ended():
            try:
                client.send(" ")
            except OSError:
                return True
            return bool(node.visits[0].end)
        until(ended, 10, "the edge to give up", every=0.2)
        assert time.monotonic() - begin > 0.9


def test_silence_is_ended_in_order_and_talk_is_not(place, authority):
    node = fake(place, "starttls", carries, authority)
    edge = relaying_edge(place, [node], LISTENERS, authority, redirect__relay__idle="2s").start()
    with enter(edge, how="starttls", root=authority.root) as talking, \
            enter(edge, how="starttls", root=authority.root) as silent:
        begin = time.monotonic()
        ended = Doing(silent.read_to_end)
        # White space is enough, from either side (RFC 6120 section 4.6.1).
        while ended.is_alive():
            talking.send(" ")
            talking.read_until(b" ")
            time.sleep(0.3)
            assert time.monotonic() - begin < 10
        answer = ended.result()
        assert answer.orderly and answer.raw == b""
        assert time.monotonic() - begin > 1.9
        until(lambda: node.visits[1].end == "node ended", 5, lambda: str(node.visits[1]))
        while time.monotonic() - begin < 5:
            talking.send(" ")
            talking.read_until(b" ")
            time.sleep(0.3)


def test_silence_is_allowed_where_it_is_not_bounded(place):
    node = fake(place, "plain", carries)
    edge = relaying_edge(place, [node], redirect__relay__idle="0",
                         redirect__relay__stuck="1s").start()
    with enter(edge) as client:
        time.sleep(4)
        client.send("still here")
        client.read_until(b"still here")


# MARK: Many


def test_five_hundred_at_once(place):
    def echo(talk):
        while data := talk.connection.recv(65536):
            talk.connection.sendall(data)

    node = fake(place, "plain", echo)
    edge = relaying_edge(place, [node]).start()
    edge.logged("serving")
    idle = file_descriptors(edge.process.pid)
    clients = [enter(edge) for _ in range(500)]
    assert file_descriptors(edge.process.pid) >= idle + 1000
    for number, client in enumerate(clients):
        client.send(f"<m n='{number}'/>" * 100)
    for number, client in enumerate(clients):
        text = f"<m n='{number}'/>".encode() * 100
        assert receive_all(client.socket, client.received, count=len(text)) == \
            (digest([text]), len(text))
    for client in clients:
        client.socket.close()
    until(lambda: file_descriptors(edge.process.pid) <= idle, 10,
          lambda: f"{file_descriptors(edge.process.pid)} descriptors to become {idle}")
    assert edge.stop() == 0
    line = edge.logged("stopped")
    assert "relayed=500" in line and "lost=0" in line and "refused=0" in line


def test_a_relayed_client_counts_for_its_address(place):
    node = fake(place, "plain", fakenode.hung)
    edge = relaying_edge(place, [node], limit__address__concurrent="3", workers="1",
                         listener__inside__clients="direct").start()
    clients = [enter(edge) for _ in range(3)]
    with Connection(edge.ports["inside"]) as fourth:
        assert fourth.read_to_end().condition == "policy-violation"
    clients[0].socket.close()
    time.sleep(0.3)
    enter(edge).socket.close()


def test_descriptors_are_shared_out_before_they_run_out(place):
    """Who is let in has both of his: nobody is let in and then left without a node."""
    node = fake(place, "plain", fakenode.hung)
    edge = relaying_edge(place, [node], workers="1").start(
        before=("prlimit", "--nofile=200:200"))
    clients = []
    for _ in range(150):
        try:
            clients.append(enter(edge))
        except (ConnectionError, socket.timeout):
            break
    assert 20 < len(clients) < 100
    with Connection(edge.ports["inside"]) as late:
        assert late.read_to_end().raw == b""
    for client in clients:
        client.send(" ")
    assert "no node" not in edge.log


# MARK: Nodes that fail


@pytest.mark.parametrize("behave", [
    fakenode.closes, fakenode.http, fakenode.host_unknown, fakenode.reset,
    fakenode.without_starttls, fakenode.broken_tls, fakenode.endless_elements,
    fakenode.one_endless_element, fakenode.endless_space, fakenode.hung, fakenode.header_only],
    ids=lambda behave: behave.__name__)
@pytest.mark.parametrize("login", ["header", "auth"])
def test_a_node_that_cannot_be_had_is_told_in_words(place, authority, behave, login):
    node = FakeNode(place, "im1", authority.certificate(DOMAIN), behave=behave).start()
    edge = relaying_edge(place, [node], LISTENERS, authority,
                         redirect__relay__timeout="700ms").start()
    with Connection(edge.ports["inside"]) as client:
        begin = time.monotonic()
        if login == "header":
            client.send(header(DOMAIN, ALICE))
        else:
            client.send(header(DOMAIN))
            client.read_until(b"</stream:features>")
            # A client that goes on talking must not lose the answer to a reset.
            client.send(auth("PLAIN", "\0alice\0secret") + b" " * 3000)
            time.sleep(0.1)
            try:
                client.send(b" " * 3000)
            except OSError:
                pass
        answer = client.read_to_end()
    assert answer.condition == "remote-connection-failed" and answer.orderly
    assert answer.raw.count(b"<stream:error>") == 1 and answer.raw.endswith(STREAM_END)
    assert time.monotonic() - begin < 4
    assert b"secret" not in node.visits[0].said


def auth(mechanism: str, message: str | None) -> bytes:
    import base64
    text = base64.b64encode(message.encode()).decode() if message is not None else ""
    return (f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='{mechanism}'>"
            f"{text}</auth>").encode()


def test_nobody_listens_there(place):
    node = FakeNode(place, "im1")
    edge = relaying_edge(place, [node]).start()
    with Connection(edge.ports["inside"]) as client:
        client.send(header(DOMAIN, ALICE))
        assert client.read_to_end().condition == "remote-connection-failed"


def test_a_name_that_leads_to_several_places(place):
    """`localhost` is ::1 first, where nobody is."""
    node = fake(place, "plain", fakenode.hung)
    edge = relaying_edge(place, [node], redirect__pollfrequency="200ms",
                         redirect__to__im1__internal=f"localhost:{node.port}").start()
    edge.logged("offering")
    for _ in range(3):
        enter(edge).socket.close()


@pytest.mark.parametrize("how", ["starttls", "directtls"])
@pytest.mark.parametrize("wrong", ["authority", "name"])
def test_a_node_without_a_valid_certificate_hears_nothing(place, authority, how, wrong):
    if wrong == "authority":
        certificate = Authority(place, "stranger").certificate(DOMAIN)
    else:
        certificate = authority.certificate("other.example")
    node = FakeNode(place, "im1", certificate,
                    behave=node_that(fakenode.hung, direct=how == "directtls"))
    node.how = how
    node.start()
    edge = relaying_edge(place, [node], LISTENERS, authority, log__level="debug").start()
    with Connection(edge.ports["starttls"]) as client:
        client.starttls(DOMAIN, authority.root)
        client.send(header(DOMAIN, ALICE))
        assert client.read_to_end().condition == "remote-connection-failed"
    assert "certificate is not valid for im.example" in edge.logged("not relayed")
    assert ALICE.encode() not in node.visits[0].said
    edge.write(redirect__relay__verify="false")
    edge.reload()
    edge.logged("serving", after=edge.log.index("not relayed"))
    enter(edge, how="starttls", root=authority.root).socket.close()


def test_a_node_that_dies_is_left_at_once(place):
    """Who was relayed to it sees the end, and finds the fallback when he comes back."""
    nodes = [fake(place, "plain", carries, name=name) for name in ("im1", "im2")]
    edge = relaying_edge(place, nodes, redirect__pollfrequency="1s",
                         redirect__probe__return="1s").start()
    edge.logged("offering")
    clients = [enter(edge) for _ in range(20)]
    for client in clients:
        client.send("x" * 1000)
        client.read_until(b"x" * 1000)
    begin = time.monotonic()
    nodes[0].stop()
    for client in clients:
        assert client.read_to_end().raw == b""
        client.socket.close()
    ended = time.monotonic() - begin
    edge.logged("node down", "im1", seconds=5)
    noticed = time.monotonic() - begin
    visits = len(nodes[1].visits)
    with enter(edge) as client:
        client.send("y" * 1000)
        client.read_until(b"y" * 1000)
    assert len(nodes[1].visits) > visits
    print(f"clients saw the end after {ended:.3f} s, the node was down after {noticed:.3f} s")
    assert ended < 1


@pytest.mark.alone
def test_an_edge_that_is_killed_takes_nobody_with_it(place, authority):
    """kill -9 while all buffers are full: both ends see the end, what they have is what was sent so far, and everybody comes
    back through another edge."""
    flow = Flow(24 * MIB, "both ways")
    whole = b"".join(flow.blocks())
    heard: list[bytearray] = []
    killed = threading.Event()

    def then(talk):
        """Says and hears the same at once; notes what it has heard."""
        mine = bytearray(talk.visit.said)
        heard.append(mine)
        both = TwoWay(talk.connection)
        sender = Doing(send_until_the_end, both, flow)
        hear_until_the_end(both, mine, flow.size, killed)
        sender.result()

    nodes = [fake(place, "starttls", then, authority, name=name) for name in ("im1", "im2")]
    edge = relaying_edge(place, nodes, LISTENERS, authority)
    other = Edge(place, "other", {key: value for key, value in edge.keys.items()
                                  if not key.startswith("listener.")}, LISTENERS).start()
    edge.start()
    ways = [(user, how) for user in (ALICE, BOB) for how in LISTENERS]
    clients = [enter(edge, user, how, authority.root) for user, how in ways]
    got = [bytearray(client.received) for client in clients]
    talks = []
    for client, mine in zip(clients, got):
        both = TwoWay(client.socket)
        talks.append(Doing(send_until_the_end, both, flow))
        talks.append(Doing(hear_until_the_end, both, mine, flow.size, killed))
    until(lambda: min(map(len, [*got, *heard])) > MIB, 30, "bytes both ways everywhere")
    edge.process.signal(signal.SIGKILL)
    edge.process.wait(10)
    killed.set()
    for talk in talks:
        talk.result()
    until(lambda: all(visit.end for node in nodes for visit in node.visits), 10,
          lambda: str([visit.end for node in nodes for visit in node.visits]))
    assert len(heard) == len(ways)
    for bytes_here in [*got, *heard]:
        assert MIB < len(bytes_here) < flow.size and whole.startswith(bytes_here)
    heard.clear()
    visits = [len(node.visits) for node in nodes]
    for (user, how), old in zip(ways, clients):
        old.socket.close()
        with enter(other, user, how, authority.root) as client:
            both = TwoWay(client.socket)
            sender = Doing(send_until_the_end, both, flow)
            assert receive_all(both, client.received, count=flow.size) == (flow.digest, flow.size)
            sender.result()
            until(lambda: len(heard[-1]) == flow.size, 30, "the node to have all")
    assert all(received == whole for received in heard)
    # The same ones as before.
    assert [len(node.visits) for node in nodes] == [count + len(LISTENERS) for count in visits]


def send_until_the_end(sock, flow: Flow):
    """Sends as much of the flow as goes."""
    try:
        send_all(sock, flow)
    except (OSError, ssl.SSLError):
        pass


def hear_until_the_end(sock, received: bytearray, size: int, go_on: threading.Event):
    """Adds what comes, until it is enough or the other side is gone; rests at 2 MiB until it may go on."""
    try:
        while len(received) < size and (data := sock.recv(256 * 1024)):
            received += data
            if len(received) > 2 * MIB:
                go_on.wait(60)
    except (OSError, ssl.SSLError):
        pass


def carries(talk):
    """Says back what it hears."""
    while data := talk.connection.recv(65536):
        if STREAM_END in data:
            return talk.say(STREAM_END)
        talk.connection.sendall(data)


# MARK: The approach


def test_what_comes_behind_the_login_goes_behind_it(place):
    def then(talk):
        talk.hear(b"</auth>")
        talk.say(b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
        talk.hear(b"<last/>")
        said.append(talk.visit.to[-1])
        talk.say(b"<heard/>")

    said = []
    node = fake(place, "plain", then)
    edge = relaying_edge(place, [node]).start()
    text = header(DOMAIN) + auth("PLAIN", "\0alice\0pw") + b"<a/>" * 100 + b"<last/>"
    for cut in (len(text), len(header(DOMAIN)), len(text) - 300, len(text) - 5):
        with Connection(edge.ports["inside"]) as client:
            client.send(text[:cut])
            time.sleep(0.05)
            client.send(text[cut:])
            client.read_until(b"<success")
            client.read_until(b"<heard/>")
    assert len(said) == 4


def test_an_empty_challenge_is_answered_once(place):
    def then(talk):
        talk.hear(b"</auth>")
        talk.say(b"<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
        response.append(talk.hear(b"</response>"))
        talk.say(b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")

    response = []
    node = fake(place, "plain", then)
    edge = relaying_edge(place, [node]).start()
    with Connection(edge.ports["inside"]) as client:
        client.send(header(DOMAIN) + auth("PLAIN", None))
        client.read_until(b"<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
        client.send(b"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AGFsaWNlAHB3</response>")
        heard = client.read_until(b"<success")
    assert b"challenge" not in heard
    assert response == [b"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AGFsaWNlAHB3"]


def test_a_client_that_ends_with_its_login_is_heard(place, authority):
    """Its end comes in one segment with its login, and goes on behind it."""
    def then(talk):
        talk.hear(b"</auth>")
        heard.append(receive_all(talk.connection, talk.visit.said))
        talk.say(b"<goodbye/>")

    heard = []
    node = fake(place, "plain", then)
    edge = relaying_edge(place, [node]).start()
    with Connection(edge.ports["inside"]) as client:
        client.send(header(DOMAIN))
        client.read_until(b"</stream:features>")
        client.send(auth("PLAIN", "\0alice\0pw") + STREAM_END)
        end_output(client.socket)
        assert b"<goodbye/>" in client.read_to_end().raw
    assert heard == [(digest([STREAM_END]), len(STREAM_END))]


def test_a_name_in_the_clear_is_no_reason_to_skip_tls(place, authority):
    node = fake(place, "plain", carries)
    edge = relaying_edge(place, [node], LISTENERS, authority, redirect__early="true").start()
    with Connection(edge.ports["starttls"]) as client:
        client.send(header(DOMAIN, ALICE))
        assert b"<starttls" in client.read_until(b"</stream:features>")
    assert not node.visits


@pytest.mark.parametrize("user", [ALICE, "stranger@im.example", "no such@im.example"])
def test_the_cover_holds_for_relayed_clients(place, user):
    """A node is gone to at the same time, whoever it is."""
    secret = place.file("secret", "0123456789abcdef0123456789abcdef")
    node = fake(place, "plain", carries)
    edge = relaying_edge(place, [node], redirect__cover="600ms", redirect__provider="db, hash",
                         redirect__hash__secret=secret).start()
    begin = time.monotonic()
    with Connection(edge.ports["inside"]) as client:
        client.send(header(DOMAIN, user))
        client.read_until(b"</stream:features>")
        assert 0.55 < time.monotonic() - begin < 3
        assert node.visits[0].began - begin > 0.55
        client.send("z" * 10)
        client.read_until(b"z" * 10)


# MARK: What is offered


def test_clients_are_offered_what_the_node_offers(place, authority):
    offer = [MECHANISMS]

    def behave(talk):
        try:
            talk.hear_header()
        except EOFError:
            return "gone"
        talk.say(HEADER + features(*offer))
        return talk.part()

    sasl2 = (b"<authentication xmlns='urn:xmpp:sasl:2'><mechanism>SCRAM-SHA-256</mechanism>"
             b"<inline><bind xmlns='urn:xmpp:bind:0'/></inline></authentication>")
    binding = (b"<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>"
               b"<channel-binding type='tls-server-end-point'/></sasl-channel-binding>")
    node = FakeNode(place, "im1", behave=behave).start()
    edge = relaying_edge(place, [node], redirect__pollfrequency="100ms",
                         redirect__probe__full="1s").start()

    def offered() -> bytes:
        with Connection(edge.ports["inside"]) as client:
            client.send(header(DOMAIN))
            return b"<stream:features>" + \
                client.read_until(b"</stream:features>").split(b"<stream:features>", 1)[1]

    until(lambda: offered() == features(MECHANISMS, MARK), 10, offered)
    offer[:] = [sasl2, MECHANISMS.replace(b"SHA-1", b"SHA-512"), binding]
    until(lambda: offered() == features(*offer, MARK), 10, offered)
    # What TLS would need is not for a client that is inside already.
    offer.insert(0, fakenode.STARTTLS)
    time.sleep(2.5)
    assert offered() == features(*offer[1:], MARK)


def test_nodes_that_differ_offer_what_all_have(place, authority):
    def offering(*mechanisms):
        text = b"".join(b"<mechanism>%s</mechanism>" % name for name in mechanisms)
        text = b"<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + text + b"</mechanisms>"

        def behave(talk):
            talk.hear_header()
            talk.say(HEADER + features(text))
            return talk.part()
        return behave

    nodes = [FakeNode(place, "im1", behave=offering(b"SCRAM-SHA-1", b"PLAIN")).start(),
             FakeNode(place, "im2", behave=offering(b"SCRAM-SHA-256", b"SCRAM-SHA-1")).start()]
    edge = relaying_edge(place, nodes, redirect__pollfrequency="100ms").start()
    line = edge.logged("nodes do not offer the same")
    assert "im1: PLAIN SCRAM-SHA-1" in line and "im2: SCRAM-SHA-1 SCRAM-SHA-256" in line
    with Connection(edge.ports["inside"]) as client:
        client.send(header(DOMAIN))
        heard = client.read_until(b"</stream:features>")
    assert b"SCRAM-SHA-1<" in heard and b"SCRAM-SHA-256" not in heard and b"PLAIN" not in heard


def test_a_node_that_is_long_dead_narrows_nothing(place, authority):
    def offering(name: bytes):
        def behave(talk):
            talk.hear_header()
            talk.say(HEADER + features(MECHANISMS.replace(b"SCRAM-SHA-1", name)))
            return talk.part()
        return behave

    living, dying = (FakeNode(place, name, behave=offering(mechanism)).start() for name, mechanism in
                     [("im1", b"SCRAM-SHA-1"), ("im2", b"SCRAM-SHA-512")])
    edge = relaying_edge(place, [living, dying], redirect__pollfrequency="100ms",
                         redirect__probe__down="100ms", redirect__probe__full="2s").start()

    def offered() -> list[bytes]:
        with Connection(edge.ports["inside"]) as client:
            client.send(header(DOMAIN))
            heard = client.read_until(b"</stream:features>")
        return [name for name in (b"SCRAM-SHA-1<", b"SCRAM-SHA-512<") if name in heard]

    edge.logged("nodes do not offer the same")
    until(lambda: offered() == [], 10, offered)
    dying.stop()
    edge.logged("node down", "node=im2 ")
    until(lambda: offered() == [b"SCRAM-SHA-1<"], 20, offered)
    # Nobody is left: what clients know stays.
    living.stop()
    edge.logged("node down", "node=im1 ")
    time.sleep(4)
    assert offered() == [b"SCRAM-SHA-1<"]
    mark = len(edge.log)
    dying.start()
    edge.logged("node up", "node=im2", after=mark)
    until(lambda: offered() == [b"SCRAM-SHA-512<"], 20, offered)
    living.start()
    until(lambda: offered() == [], 20, offered)


# MARK: Changes and the end


def test_a_session_outlives_maps_and_holds_none(place):
    node = fake(place, "plain", carries)
    edge = relaying_edge(place, [node]).start()
    with enter(edge) as client:
        for generation in range(2, 6):
            compile_map(place, "redirect", {ALICE: 1, BOB: 2}, generation=generation)
            edge.logged("serving", f"generation={generation}")
            client.send("w" * 5000)
            client.read_until(b"w" * 5000)

        def mapped():
            with open(f"/proc/{edge.process.pid}/maps") as maps:
                return [line for line in maps if ".mdb" in line]
        until(lambda: len(mapped()) <= 1, 10, lambda: "".join(mapped()))
        # Another configuration, under which nobody is relayed.
        edge.write(redirect__mode="redirect")
        edge.logged("serving", after=edge.log.rindex("serving"))
        client.send("v" * 5000)
        client.read_until(b"v" * 5000)


def test_a_leaving_edge_closes_relayed_clients_one_by_one(place, authority):
    node = fake(place, "starttls", fakenode.hung, authority)
    edge = relaying_edge(place, [node], LISTENERS, authority, drain__relay="3s",
                         drain__timeout="20s").start()
    clients = [enter(edge, how="starttls", root=authority.root) for _ in range(40)]

    def ended(client):
        answer = client.read_to_end()
        moment = time.monotonic() - begin
        client.socket.close()
        return moment, answer

    begin = time.monotonic()
    edge.process.signal(signal.SIGTERM)
    endings = [Doing(ended, client) for client in clients]
    results = [ending.result() for ending in endings]
    moments = sorted(moment for moment, _ in results)
    assert all(answer.orderly and answer.raw == b"" for _, answer in results)
    assert edge.process.wait(10) == 0
    assert moments[-1] < 6
    # Spread out, not in one go: no tenth of the time has half of them.
    print("closed after", [f"{moment:.2f}" for moment in moments])
    assert moments[-1] - moments[0] > 1.5
    assert moments[30] - moments[10] > 0.5
    line = edge.logged("stopped")
    assert "relayed=40" in line and "refused=0" in line
    # The nodes heard an end too, not a reset.
    until(lambda: all(visit.end == "node ended" for visit in node.visits), 5,
          lambda: str([visit.end for visit in node.visits]))


def test_nobody_waits_for_relayed_clients_longer_than_allowed(place):
    node = fake(place, "plain", fakenode.hung)
    edge = relaying_edge(place, [node], drain__relay="1h", drain__timeout="1500ms").start()
    clients = [enter(edge) for _ in range(10)]
    begin = time.monotonic()
    edge.process.signal(signal.SIGTERM)
    for client in clients:
        answer = client.read_to_end()
        assert answer.orderly and answer.raw == b""
        client.socket.close()
    assert edge.process.wait(10) == 0
    assert time.monotonic() - begin < 5
