"""Probes: nodes that behave badly in every way, and who is sent where meanwhile."""

import resource
import signal
import socket
import statistics
import threading
import time

import pytest
from lab import until
from lab.client import ask
from lab.prosody import Prosody
from lab.certificates import Certificate
from small import DOMAIN, compile_map, small_edge

import fakenode
from fakenode import FakeNode

# Quick, so that tests are; the time-out is what a loaded machine keeps.
QUICK = {
    "redirect.pollfrequency": "200ms", "redirect.probe.changing": "100ms",
    "redirect.probe.down": "200ms", "redirect.probe.timeout": "800ms",
    "redirect.probe.full": "1h", "redirect.probe.return": "0", "redirect.retry.window": "0",
}


def pool_edge(place, nodes, users=None, lines=None, name="edge", **changes):
    """An edge over these nodes; without `users`, user `<node>@im.example` is at home on each node, and
    the last node is everybody's fallback."""
    names = [node.name for node in nodes]
    if users is None:
        users = {f"{node}@{DOMAIN}": number + 1 for number, node in enumerate(names)}
    if lines is None:
        lines = [node if node == names[-1] else f"{node}, {names[-1]}" for node in names]
    keys = {**QUICK, "redirect.to": ", ".join(names),
            "redirect.db.partitions": place.file(f"{name}.partitions", "\n".join(lines) + "\n")}
    for node in ("im1", "im2", "im3", "im4"):
        for key in ("host", "directtls"):
            keys[f"redirect.to.{node}.{key}"] = None
    for node in nodes:
        keys[f"redirect.to.{node.name}.host"] = node.address
        keys[f"redirect.to.{node.name}.tls"] = node.tls
    keys |= {key.replace("__", "."): value for key, value in changes.items()}
    return small_edge(place, {"inside": "plain"}, users, name=name, **keys)


def where(edge, user: str) -> str | None:
    """Where a user is sent; None: an error, and a proper one."""
    answer = ask(edge.ports["inside"], f"{user}@{DOMAIN}", "plain")
    assert answer.orderly
    assert answer.target or answer.condition == "remote-connection-failed", answer.raw
    return answer.target


def until_sent(edge, user: str, target: str | None, seconds: float = 15):
    until(lambda: where(edge, user) == target, seconds,
          lambda: f"{user} to be sent to {target}; the log:\n{edge.log[-3000:]}")


def settled(*nodes, visits: int = 2):
    """Probes have been at all of these nodes."""
    for node in nodes:
        until(lambda: len(node.visits) >= visits, 15, f"probes of {node.name}")


# What is wrong with a node that was well before -> what the log says of it. Those with a `?` are
# seen by full probes only.
FAULTS = {
    "refused": (None, "Connection refused"),
    "hung": (fakenode.hung, "no answer in time"),
    "http": (fakenode.http, "no XMPP stream"),
    "closes": (fakenode.closes, "connection"),
    "resets": (fakenode.reset, "Connection reset"),
    "endless": (fakenode.endless_space, "no XMPP stream (policy-violation)"),
    "elements?": (fakenode.endless_elements, "no XMPP stream (policy-violation)"),
    "element?": (fakenode.one_endless_element, "no XMPP stream (policy-violation)"),
    "stops?": (fakenode.header_only, "no answer in time"),
    "notls?": (fakenode.without_starttls, "it offers no STARTTLS"),
    "badtls?": (fakenode.broken_tls, "TLS: "),
    "unknown?": (fakenode.host_unknown, "stream error host-unknown"),
}


def test_nodes_that_behave_badly(place, authority):
    """All at once, so that also none of them disturbs what is known of the others."""
    certificate = authority.certificate(DOMAIN)
    nodes = {what: FakeNode(place, what.strip("?"), certificate).start() for what in FAULTS}
    good = FakeNode(place, "good", certificate).start()
    sixth = FakeNode(place, "sixth", certificate, host="::1").start()
    edge = pool_edge(place, [*nodes.values(), sixth, good], **{
        "redirect.probe.full": "500ms"}).start()
    settled(*nodes.values(), sixth, good, visits=3)
    for node in [*nodes.values(), sixth]:
        assert where(edge, node.name) == node.address
    assert "node down" not in edge.log

    begin = time.monotonic()
    for what, node in nodes.items():
        behave, _ = FAULTS[what]
        if behave:
            node.behave = behave
        else:
            node.stop()
    for what, (_, reason) in FAULTS.items():
        edge.logged("node down", f"node={nodes[what].name} ", reason, seconds=30)
        assert where(edge, nodes[what].name) == good.address
    # Two full probes of three seconds each, and what comes before the first.
    assert time.monotonic() - begin < 25
    assert where(edge, "sixth") == sixth.address

    after = len(edge.log)
    for what, node in nodes.items():
        if FAULTS[what][0]:
            node.behave = fakenode.well
        else:
            node.start()
    for node in nodes.values():
        edge.logged("node up", f"node={node.name}", seconds=30, after=after)
        until_sent(edge, node.name, node.address)
    assert not [line for line in edge.log.splitlines()
                if "node down" in line and ("node=good" in line or "node=sixth" in line)]
    assert edge.stop() == 0


def test_a_real_server_that_hangs(place, authority):
    """SIGSTOP: the kernel still accepts, nobody answers. By STARTTLS and by direct TLS."""
    certificate = authority.certificate(DOMAIN)
    prosody = Prosody(place, "real", {DOMAIN: certificate}).start()
    good = FakeNode(place, "good").start()

    class Direct:
        name, address, tls = "direct", f"127.0.0.1:{prosody.tls_port}", "directtls"

    class ByStartTLS:
        name, address, tls = "real", f"127.0.0.1:{prosody.port}", "starttls"

    edge = pool_edge(place, [ByStartTLS, Direct, good], **{
        "redirect.trust": authority.root, "redirect.probe.verify": "true",
        "redirect.probe.full": "300ms"}).start()
    for node in (ByStartTLS, Direct):
        assert where(edge, node.name) == node.address
    settled(good, visits=8)
    assert "node down" not in edge.log and "certificate" not in edge.log
    prosody.process.signal(signal.SIGSTOP)
    try:
        for node in (ByStartTLS, Direct):
            edge.logged("node down", f"node={node.name} ", "no answer in time")
            assert where(edge, node.name) == good.address
    finally:
        prosody.process.signal(signal.SIGCONT)
    for node in (ByStartTLS, Direct):
        until_sent(edge, node.name, node.address)
    # A real server finds nothing to complain about in our streams.
    assert "error" not in prosody.log.lower()


def test_a_domain_that_a_node_does_not_serve(place, authority):
    prosody = Prosody(place, "real", {DOMAIN: authority.certificate(DOMAIN)}).start()

    class Real:
        name, address, tls = "real", f"127.0.0.1:{prosody.port}", "starttls"

    edge = pool_edge(place, [Real], domains=f"{DOMAIN}, other.example",
                     redirect__probe__full="300ms").start()
    line = edge.logged("node does not serve a domain", "domain=other.example")
    assert "host-unknown" in line and "WARN" in line.upper()
    edge.logged("a node's certificate is not trusted", f"domain={DOMAIN}")
    # Only a warning, and said once.
    visits = prosody.log.count("Client connected")
    until(lambda: prosody.log.count("Client connected") > visits + 5, 15, "more probes")
    assert where(edge, "real") == Real.address
    assert "node down" not in edge.log
    assert edge.log.count("does not serve") == 1
    assert edge.log.count("not trusted") == 1


def expired(place, authority) -> Certificate:
    """Signed by the authority, for the domain, and over since yesterday."""
    base = place.file("expired")
    place.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
               "-keyout", f"{base}.key", "-out", f"{base}.csr", "-subj", f"/CN={DOMAIN}"])
    place.run(["openssl", "x509", "-req", "-in", f"{base}.csr", "-CA", authority.root,
               "-CAkey", authority.root.replace(".pem", ".key"), "-CAcreateserial",
               "-out", f"{base}.pem", "-days", "-1",
               "-extfile", place.file("expired.ext", f"subjectAltName=DNS:{DOMAIN}\n")])
    return Certificate(f"{base}.pem", f"{base}.key")


def test_certificates(place, authority):
    nodes = {
        "good": FakeNode(place, "good", authority.certificate(DOMAIN)),
        "old": FakeNode(place, "old", expired(place, authority)),
        "alien": FakeNode(place, "alien", authority.certificate("elsewhere.example")),
    }
    for node in nodes.values():
        node.start()
    edge = pool_edge(place, list(nodes.values()), **{
        "redirect.trust": authority.root, "redirect.probe.full": "300ms"}).start()
    edge.logged("certificate is not trusted", "node=old ", "expired")
    edge.logged("certificate is not trusted", "node=alien ", "hostname mismatch")
    assert "node=good" not in edge.log
    for node in nodes.values():
        assert where(edge, node.name) == node.address
    edge.write(redirect__probe__verify="true")
    for name in ("old", "alien"):
        edge.logged("node down", f"node={name} ", "its certificate is not valid for im.example")
    assert where(edge, "good") == nodes["good"].address
    assert where(edge, "old") is None or where(edge, "old") == nodes["alien"].address
    edge.write(redirect__probe__verify="false")
    for node in nodes.values():
        until_sent(edge, node.name, node.address)


def test_an_edge_is_no_node(place, authority):
    """As the address that the edge uses, and as the one that clients are told."""
    other = small_edge(place, {"c2s": "starttls"}, authority=authority, name="other").start()
    address = f"127.0.0.1:{other.ports['c2s']}"

    class Inner:
        name, tls = "inner", "starttls"

    Inner.address = address
    hidden = FakeNode(place, "outer").start()
    edge = pool_edge(place, [Inner, hidden], lines=["inner", "outer"], **{
        "redirect.to.outer.host": address, "redirect.to.outer.internal": hidden.address,
        "redirect.probe.full": "300ms"}).start()
    for node in ("inner", "outer"):
        line = edge.logged("the target is an edge", f"node={node} ", f"target={address}")
        assert "ERROR" in line.upper()
        until_sent(edge, node, None)
    # Its headers are as good as a node's: they must not bring it back.
    settled(hidden, visits=len(hidden.visits) + 8)
    assert "node up" not in edge.log
    for node in ("inner", "outer"):
        assert where(edge, node) is None
        assert len([line for line in edge.log.splitlines()
                    if "target is an edge" in line and f"node={node} " in line]) == 1


def test_drain_and_overflow_by_reload(place):
    nodes = [FakeNode(place, name).start() for name in ("im1", "im2", "im3")]
    edge = pool_edge(place, nodes, lines=["im1, im2", "im2", "im3"]).start()
    assert where(edge, "im1") == nodes[0].address
    edge.write(redirect__to__im1__state="drain")
    until_sent(edge, "im1", nodes[1].address)
    edge.write(redirect__to__im1__state=None)
    until_sent(edge, "im1", nodes[0].address)

    nodes[1].stop()
    edge.logged("node down", "node=im2 ")
    # Nobody else is in its line.
    assert where(edge, "im2") is None
    edge.write(redirect__overflow="true")
    until(lambda: where(edge, "im2") in (nodes[0].address, nodes[2].address), 10, "overflow")
    edge.write(redirect__overflow="false")
    until_sent(edge, "im2", None)
    nodes[1].start()
    until_sent(edge, "im2", nodes[1].address)
    for node in nodes:
        node.stop()
    for node in nodes:
        until_sent(edge, node.name, None)


@pytest.mark.parametrize("provider", ["hash", "roundrobin", "db"])
def test_a_dead_node_under_each_provider(place, provider):
    """What was its own goes elsewhere, what was not stays where it is."""
    nodes = [FakeNode(place, name).start() for name in ("im1", "im2", "im3")]
    # Of provider `db`, partitions that no line names.
    users = {f"user{number}@{DOMAIN}": 4 + number for number in range(40)}
    edge = pool_edge(place, nodes, users, ["im1", "im2", "im3"], **{
        "redirect.provider": provider,
        "redirect.hash.secret": place.file("secret", "thirty-two bytes of a test secret")}).start()
    settled(*nodes)

    def answers():
        return {user: where(edge, user.split("@")[0]) for user in users}

    before = answers()
    assert set(before.values()) == {node.address for node in nodes}
    nodes[1].stop()
    edge.logged("node down", "node=im2 ")
    after = answers()
    if provider == "roundrobin":
        # A partition is a line here, and the line of im2 has nobody else.
        assert set(after.values()) == {nodes[0].address, nodes[2].address, None}
    else:
        moved = {user for user in users if before[user] != after[user]}
        assert moved == {user for user in users if before[user] == nodes[1].address}
        assert set(after.values()) == {nodes[0].address, nodes[2].address}
        assert provider == "db" or len({after[user] for user in moved}) == 2
    nodes[1].start()
    edge.logged("node up", "node=im2")
    assert provider == "roundrobin" or answers() == before


def test_a_client_that_comes_back(place):
    """The node is probed once an hour: only clients can find out that it is dead."""
    nodes = [FakeNode(place, name).start() for name in ("im1", "im2")]
    edge = pool_edge(place, nodes, **{
        "redirect.pollfrequency": "1h", "redirect.retry.window": "10s"}).start()
    settled(*nodes, visits=1)
    assert where(edge, "im1") == nodes[0].address

    # He comes back and back: the healthy node is looked at, not too often, and stays up.
    begin = time.monotonic()
    visits = len(nodes[0].visits)
    while time.monotonic() - begin < 2:
        assert where(edge, "im1") == nodes[0].address
    caused = len(nodes[0].visits) - visits
    spent = time.monotonic() - begin
    assert 2 <= caused <= spent / 0.2 + 2
    assert "node down" not in edge.log
    assert len(nodes[1].visits) == 1

    time.sleep(0.3)  # the last of these probes is over
    nodes[0].stop()
    # Another client is no evidence.
    assert where(edge, "im1") == nodes[0].address
    edge.logged("node down", "node=im1 ", "Connection refused", seconds=5)
    assert where(edge, "im1") == nodes[1].address
    # And down it is watched as such.
    nodes[0].start()
    until_sent(edge, "im1", nodes[0].address)


def test_users_come_back_bit_by_bit(place):
    nodes = [FakeNode(place, name).start() for name in ("im1", "im2")]
    users = [f"user{number}" for number in range(100)]
    edge = pool_edge(place, nodes, {f"{user}@{DOMAIN}": 1 for user in users}, ["im1, im2"], **{
        "redirect.probe.return": "6s"}).start()
    nodes[0].stop()
    edge.logged("node down", "node=im1 ")
    assert where(edge, "user1") == nodes[1].address
    nodes[0].start()
    edge.logged("node up", "node=im1")
    up = time.monotonic()
    home: set[str] = set()
    shares = []
    while len(home) < len(users) and time.monotonic() - up < 20:
        asked = time.monotonic() - up
        now = {user for user in users if where(edge, user) == nodes[0].address}
        told = time.monotonic() - up
        assert home <= now, "who has come back stays"
        home = now
        shares.append(len(now) / len(users))
        # A hundred lots, spread evenly: five standard deviations; and the log is read now and then only.
        assert (asked - 0.2) / 6 - 0.25 <= shares[-1] <= (told + 0.5) / 6 + 0.25, (asked, told, shares)
        time.sleep(0.1)
    assert len(home) == len(users)
    assert len([share for share in shares if 0 < share < 1]) >= 3, shares


def test_nodes_that_come_later(place):
    nodes = [FakeNode(place, name) for name in ("im1", "im2")]
    edge = pool_edge(place, nodes).start()
    for node in nodes:
        until_sent(edge, node.name, None)
    nodes[1].start()
    until_sent(edge, "im1", nodes[1].address)
    until_sent(edge, "im2", nodes[1].address)
    nodes[0].start()
    until_sent(edge, "im1", nodes[0].address)


def test_one_set_of_probes_however_many_workers(place, authority):
    """And the probes' bounds: how often, how evenly, how politely."""
    plain = FakeNode(place, "plain").start()
    secure = FakeNode(place, "secure", authority.certificate(DOMAIN)).start()
    edge = pool_edge(place, [plain, secure], workers="4", redirect__probe__full="1s").start()
    settled(plain, secure)
    begin = {node: len(node.visits) for node in (plain, secure)}
    time.sleep(4)
    for node in (plain, secure):
        visits = node.visits[begin[node]:]
        span = visits[-1].began - visits[0].began
        # 200 ms, moved by a tenth at most; a loaded machine makes them fewer, not more.
        assert 0.5 * span / 0.22 <= len(visits) - 1 <= span / 0.18 + 1, (len(visits), span)
        gaps = [later.began - sooner.began for sooner, later in zip(visits, visits[1:])]
        assert statistics.pstdev(gaps) > 0.003, gaps
    assert edge.stop() == 0
    for node in (plain, secure):
        # The last ones may have been under way.
        ended = [visit.end for visit in node.visits[:-2]]
        assert set(ended) == {"polite"}, ended
        assert all(domain == DOMAIN.encode() for visit in node.visits for domain in visit.to)
    full = [visit for visit in secure.visits if visit.secured]
    assert 3 <= len(full) <= len(secure.visits) / 2


HOSTS = "127.0.0.1 localhost\n"


def named(place, hosts: str, file: str = "/etc/hosts") -> tuple:
    """Puts before a command that `hosts` is /etc/hosts there, and there only."""
    before = ("unshare", "-m", "sh", "-c", f'mount --bind {hosts} {file} && exec "$@"', "sh")
    try:
        place.run([*before, "true"])
    except AssertionError:
        pytest.skip(f"this system allows no {file} of one's own")
    return before


def test_names(place):
    """A name with several addresses, one that leads nowhere, one that moves."""
    hosts = place.file("hosts", HOSTS + "::1 many.example\n127.0.0.1 many.example\n"
                       "::1 slow.example\n127.0.0.1 slow.example\n127.0.0.1 moves.example\n")
    many, slow = FakeNode(place, "many").start(), FakeNode(place, "slow").start()
    silent = FakeNode(place, "silent", host="::1", behave=fakenode.hung)
    silent.port = slow.port
    silent.start()
    moves = FakeNode(place, "moves").start()
    lost = FakeNode(place, "lost")
    good = FakeNode(place, "good").start()
    changes = {f"redirect.to.{node.name}.internal": f"{node.name}.example:{node.port}"
               for node in (many, slow, moves)}
    edge = pool_edge(place, [many, slow, moves, lost, good], **changes, **{
        "redirect.to.lost.internal": "nowhere.invalid:5222",
        # Public targets are names, too, and nobody is there.
        "redirect.probe.full": "0"}).start(before=named(place, hosts))
    edge.logged("node down", "node=lost ", "nowhere.invalid")
    # The first address of `slow` says nothing, which costs its part of the time once and not for ever.
    settled(many, slow, moves, visits=4)
    assert len(silent.visits) == 1
    assert edge.log.count("node down") == 1, edge.log
    for node in (many, slow, moves):
        assert where(edge, node.name) == node.address

    # The machine behind the name is another one: names are resolved again.
    again = FakeNode(place, "again", host="127.0.0.2")
    again.port = moves.port
    again.start()
    with open(hosts, "r+") as file:  # in place, because it is mounted
        text = file.read().replace("127.0.0.1 moves", "127.0.0.2 moves")
        file.seek(0)
        file.write(text)
        file.truncate()
    until(lambda: again.visits, 15, "probes at the new address")
    assert where(edge, "moves") == moves.address
    assert edge.log.count("node down") == 1, edge.log
    assert edge.stop() == 0


def test_a_name_server_that_says_nothing(place):
    """Nothing is known of a node whose name nobody can tell yet, so it is not down; and nobody waits."""
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        silent.bind(("127.0.0.1", 53))
    except OSError:
        pytest.skip("port 53 cannot be had")
    resolv = place.file("resolv.conf", "nameserver 127.0.0.1\noptions timeout:5 attempts:2\n")
    nameless, good = FakeNode(place, "nameless"), FakeNode(place, "good").start()
    with silent:
        edge = pool_edge(place, [good, nameless], lines=["good", "nameless"], **{
            "redirect.to.nameless.internal": "somewhere.example:5222",
            "redirect.to.good.internal": f"localhost:{good.port}",
        }).start(before=named(place, resolv, "/etc/resolv.conf"))
        settled(good, visits=4)
        assert silent.recv(512), "the edge has asked"
        assert where(edge, "nameless") == nameless.address
        assert "node down" not in edge.log
        # A configuration that comes meanwhile is not put off by it.
        late = FakeNode(place, "nameless").start()
        edge.write(redirect__to__nameless__internal=late.address)
        settled(late)
        begin = time.monotonic()
        assert edge.stop() == 0
        assert time.monotonic() - begin < 4


def test_configurations_that_change_while_probes_run(place, authority):
    certificate = authority.certificate(DOMAIN)
    nodes = [FakeNode(place, name, certificate).start() for name in ("im1", "im2", "im3")]
    edge = pool_edge(place, nodes, lines=["im1, im2", "im2, im3", "im3, im1"],
                     redirect__pollfrequency="24h", redirect__probe__down="24h",
                     redirect__probe__full="24h").start()
    settled(*nodes, visits=1)
    # A day has been put off to the next probe; a new setting must not wait for it.
    edge.write(redirect__pollfrequency="100ms", redirect__probe__down="100ms")
    settled(*nodes, visits=4)
    nodes[0].stop()
    until_sent(edge, "im1", nodes[1].address)

    # No probes: everybody counts as up, whatever was known.
    edge.write(redirect__pollfrequency="0")
    until_sent(edge, "im1", nodes[0].address)
    visits = len(nodes[1].visits)
    time.sleep(0.5)
    assert len(nodes[1].visits) <= visits + 1
    edge.write(redirect__pollfrequency="100ms")
    until_sent(edge, "im1", nodes[1].address)

    # The same name at another address is another node.
    moved = FakeNode(place, "im1", certificate).start()
    edge.write(redirect__to__im1__host=moved.address)
    until_sent(edge, "im1", moved.address)
    settled(moved)
    edge.write(redirect__to__im1__host=nodes[0].address)
    until_sent(edge, "im1", nodes[1].address)

    # Maps that change faster than a node can be found dead must not keep it up.
    edge.write(redirect__to__im1__host=moved.address)
    until_sent(edge, "im1", moved.address)
    over = threading.Event()

    def swap():
        number = 1
        while not over.is_set():
            number += 1
            compile_map(place, "redirect", {f"im{n}@{DOMAIN}": n for n in (1, 2, 3)},
                        generation=number)
            over.wait(0.02)

    swapping = threading.Thread(target=swap)
    swapping.start()
    try:
        # Ten probes apart, so that a map comes between any two.
        edge.write(redirect__probe__changing="500ms")
        moved.stop()
        until_sent(edge, "im1", nodes[1].address)
    finally:
        over.set()
        swapping.join()
    assert edge.stop() == 0


def test_leaving_while_probes_run(place, authority):
    """In the middle of handshakes, a hundred times a second."""
    certificate = authority.certificate(DOMAIN)
    node = FakeNode(place, "im1", certificate).start()
    hung = FakeNode(place, "im2", certificate, behave=fakenode.hung).start()
    for _ in range(3):
        edge = pool_edge(place, [node, hung], redirect__pollfrequency="10ms",
                         redirect__probe__changing="10ms", redirect__probe__down="10ms",
                         redirect__probe__full="10ms").start()
        visits = len(node.visits)
        settled(node, visits=visits + 3)
        assert edge.stop() == 0, edge.log
        until(lambda: not node._open, 10, "the edge's connections to be gone")


def test_an_edge_without_descriptors_blames_nobody(place):
    nodes = [FakeNode(place, name).start() for name in ("im1", "im2")]
    edge = pool_edge(place, nodes, redirect__retry__window="10s").start()
    settled(*nodes)
    pid = edge.process.pid
    _, most = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    # What is open stays open, and works; nothing can be opened.
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, most))
    edge.logged("the edge cannot probe a node", "Too many open files")
    visits = [len(node.visits) for node in nodes]
    time.sleep(1.5)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, most))
    settled(nodes[0], visits=visits[0] + 3)
    assert "node down" not in edge.log
    assert where(edge, "im1") == nodes[0].address
