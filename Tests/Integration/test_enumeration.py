"""Nobody can enumerate: by what an edge answers, and when, nobody learns who is a user.

The delays are compared by effect sizes, on loopback, with less noise than any prober has. Two
classes of names are told apart if, after a microsecond in their favour, the later of two answers
betrays its class in more than 52 of 100 cases (50: a guess), or if the distributions of the delays
differ by more than 8 points anywhere. With 5,000 requests of each class in random order, chance
alone reaches the first of these limits once in 2,000 comparisons, and who is told apart must be
told apart twice. The order is random, so a busy machine makes the test weaker, never wrong; what
difference would have been seen is printed.
"""

import base64
import queue
import re
import threading
import time

import pytest
from lab.client import Connection, ask, escape, header
from lab.programs import EDGE, RDADMIN, Load
from peer import Line, Server
from samples import Strata, distance, superiority
from small import DOMAIN, TARGETS, small_edge

pytestmark = pytest.mark.alone

PROVIDERS = "db, regex, hash"

# Every second one of 2,000 is a user: unknown names stand between known ones in the map.
KNOWN = {f"u{number:05}@{DOMAIN}": 1 + number // 2 % 2 for number in range(0, 2000, 2)}
UNKNOWN = [f"u{number:05}@{DOMAIN}" for number in range(1, 2000, 2)]
# As long as the others, and no user of any server.
MALFORMED = [f"u{number:04} @{DOMAIN}" for number in range(1000, 2000)]
CLASSES = {"known": list(KNOWN), "unknown": UNKNOWN, "malformed": MALFORMED}


def concealing_edge(place, listeners=None, secret="0123456789abcdef", name="edge", **changes):
    """An edge with a secret; two nodes, so that each has many users of every class."""
    keys = {
        "redirect.to": "im1, im2",
        "redirect.provider": PROVIDERS,
        "redirect.regex.rules": place.file("redirect.regex", "^admin@ -> im1\n"),
        "reload.poll": "1h",
    }
    for node in ("im3", "im4"):
        keys |= {f"redirect.to.{node}.host": None, f"redirect.to.{node}.directtls": None}
    if secret:
        keys["redirect.hash.secret"] = place.file(f"{name}.secret", secret)
    keys |= {key.replace("__", "."): value for key, value in changes.items()}
    return small_edge(place, listeners or {"inside": "plain"}, KNOWN, name=name, **keys)


# The answer


def sasl(element: str, mechanism: str, message: str) -> str:
    text = base64.b64encode(message.encode()).decode()
    if element == "auth":
        return (f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='{mechanism}'>"
                f"{text}</auth>")
    return (f"<authenticate xmlns='urn:xmpp:sasl:2' mechanism='{mechanism}'><initial-response>"
            f"{text}</initial-response></authenticate>")


def login(how: str, user: str) -> list:
    """All that a client says that names itself in this way."""
    local = user.split("@")[0]
    opening = header(DOMAIN)
    match how:
        case "from":
            return [header(DOMAIN, user)]
        case "scram":
            return [opening, sasl("auth", "SCRAM-SHA-1", f"n,,n={local},r=x")]
        case "authzid":
            return [opening, sasl("auth", "PLAIN", f"{user}\0admin\0x")]
        case "sasl2":
            return [opening, sasl("authenticate", "PLAIN", f"\0{local}\0x")]
        case "iq":
            return [opening, "<iq type='set' id='1'><query xmlns='jabber:iq:auth'>"
                    f"<username>{escape(local)}</username><password>x</password></query></iq>"]


def answer(port: int, how: str, user: str):
    with Connection(port) as connection:
        for text in login(how, user):
            connection.send(text)
        return connection.read_to_end()


def form(answer) -> bytes:
    """The answer without what differs from stream to stream and from node to node."""
    raw = re.sub(rb" id='[0-9a-f]{16}'", b" id=''", answer.raw)
    return raw.replace((answer.target or "?").encode(), b"TARGET")


WAYS = ["from", "scram", "authzid", "sasl2", "iq"]


def test_every_name_gets_the_same_form_of_answer_and_a_stable_node(place):
    edge = concealing_edge(place).start()
    twin = concealing_edge(place, name="twin").start()
    stranger = concealing_edge(place, name="stranger", secret="another secret of this size").start()
    for how in WAYS:
        forms = set()

        def targets(edge, users):
            answers = [answer(edge.ports["inside"], how, user) for user in users]
            forms.update(map(form, answers))
            return [answer.target for answer in answers]

        for kind, users in CLASSES.items():
            users = users[:30]
            first = targets(edge, users)
            assert first == targets(edge, users) == targets(twin, users), (how, kind)
            assert set(first) == {TARGETS["im1"], TARGETS["im2"]}, (how, kind)
            if kind != "known":
                assert first != targets(stranger, users), (how, kind)
        assert len(forms) == 1, forms


def test_a_name_has_its_node_however_it_is_said(place):
    """Nobody has more names than a user has: a resource, the domain's case and the way it is said
    do not count."""
    port = concealing_edge(place).start().ports["inside"]
    for user in MALFORMED[:20]:
        said = {answer(port, how, user).target
                for how in WAYS}
        said |= {answer(port, "from", name).target
                 for name in (f"{user}/phone", user.replace(DOMAIN, DOMAIN.upper()))}
        assert len(said) == 1 and said <= set(TARGETS.values()), user


def test_only_the_domain_is_refused(place):
    port = concealing_edge(place).start().ports["inside"]
    for local in ("u00000", "u00001", "u0001 ", ""):
        refused = Connection(port)
        with refused:
            refused.send(header(DOMAIN, f"{local}@elsewhere.example"))
            assert refused.read_to_end().condition == "invalid-from"


def test_without_a_secret_a_name_that_is_none_is_refused(place):
    port = concealing_edge(place, secret=None).start().ports["inside"]
    assert ask(port, MALFORMED[0], "plain").condition == "invalid-from"
    with Connection(port) as connection:
        connection.send(header(DOMAIN) + sasl("auth", "PLAIN", "\0a b\0x").encode())
        assert b"<not-authorized/>" in connection.read_until(b"</failure>")


# Where it does not hold, it is said

PEERS = {"redirect.peers": "127.0.0.1:1", "redirect.peers.secret": "edge.secret",
         "redirect.provider": "db, peers, hash"}


@pytest.mark.parametrize("keys, warnings", [
    ({}, []),
    ({"redirect.hash.secret": None}, ["redirect.hash.secret"]),
    ({"redirect.provider": "db, regex"}, ["redirect.provider"]),
    ({"redirect.provider": "db, roundrobin, hash"}, ["roundrobin"]),
    (PEERS, ["redirect.peers.budget"]),
    (PEERS | {"redirect.cover": "250ms"}, []),
])
def test_both_checks_and_the_log_warn(place, keys, warnings):
    edge = concealing_edge(place, **{"redirect.peers.budget": "250ms"}, **keys)
    edge.write()
    for command in ([RDADMIN, "check"], [EDGE, "--check"]):
        result = place.run([*command, "-c", edge.configuration])
        assert result.returncode == 0
        said = [line for line in result.stdout.splitlines() if "anybody can tell" in line]
        assert len(said) == len(warnings), result
        for line, word in zip(said, warnings):
            assert line.startswith("warning: ") and "edge.conf" in line and word in line
    edge.start()
    edge.logged("info", "serving")
    assert edge.stop() == 0
    said = [line for line in edge.log.splitlines() if "anybody can tell who is a user" in line]
    assert len(said) == len(warnings)
    assert all(" warning " in line and word in line for line, word in zip(said, warnings))


def test_the_log_warns_when_it_becomes_so(place):
    edge = concealing_edge(place, reload__poll="50ms").start()
    edge.logged("serving")
    mark = len(edge.log)
    edge.write(redirect__cover="1ms")
    edge.logged("serving", after=mark)
    assert "anybody can tell" not in edge.log
    edge.write(redirect__hash__secret=None)
    assert "redirect.hash.secret" in edge.logged("warning", "anybody can tell who is a user")
    mark = len(edge.log)
    edge.write(redirect__cover="2ms")
    edge.logged("serving", after=mark)
    assert edge.stop() == 0
    # Said once, not with every new snapshot.
    assert edge.log.count("anybody can tell who is a user") == 1


# The delay

TOLERANCE = 1.0  # microseconds
LATER = 0.02  # beside 0.5
DISTANCE = 0.08


def test_samples():
    """The statistics themselves, on samples of which the answer is known."""
    assert superiority([1, 2, 3], [4, 5, 6]) == 1
    assert superiority([4, 5], [1, 2, 3]) == 0
    assert superiority([1, 2, 2, 3], [2, 2]) == 0.5
    assert superiority([1, 3], [2, 4]) == 0.75
    assert distance([1, 2, 3, 4], [1, 2, 3, 4]) == 0
    assert distance([1, 2, 3, 4], [5, 6]) == 1
    assert distance([1, 4], [2, 3]) == 0.5
    assert distance([1, 2], [2, 3]) == 0.5
    assert distance([1, 2], [2, 3], tolerance=1) == 0
    assert distance([2, 3], [1, 2], tolerance=0.5) == 0.5
    strata = Strata()
    # Each stratum is alike, the whole is not: one node is slow, and has more of one class.
    for stratum, base, sizes in (("near", 0, (400, 100)), ("far", 1000, (100, 400))):
        for kind, size in zip("ab", sizes):
            for number in range(size):
                strata.add(stratum, kind, base + 100 * number / size)
    assert abs(strata.superiority("a", "b") - 0.5) < 0.01
    assert strata.superiority("a", "b", shift=10) > 0.55
    assert abs(strata.shift("a", "b")) < 1
    assert 1 < strata.shift("a", "b", limit=0.52) < 4


def delays(place, edge, kinds, seed: int, at_a_time: int) -> Strata:
    """5,000 requests of each class, all in random order, after a tenth more to warm up."""
    users = [(user, kind) for kind in kinds for user in CLASSES[kind]]
    warming = 500 * len(kinds)
    count = warming + 5_000 * len(kinds)
    path = place.file(f"delays-{edge.name}-{seed}")
    load = Load(place, {user: [TARGETS["im1"], TARGETS["im2"]] for user, _ in users})
    result = load.run(edge.ports["inside"], count, open=at_a_time, seed=seed, delays=path)
    assert result["right"] == count, result
    strata = Strata()
    with open(path) as file:
        for line in list(file)[warming:]:
            number, target, nanoseconds = line.split()
            strata.add(target, users[int(number)][1], int(nanoseconds) / 1000)
    return strata


def told_apart(strata: Strata, first: str, second: str) -> bool:
    later = strata.superiority(first, second)
    far = strata.distance(first, second)
    by = -strata.shift(first, second)
    power = strata.shift(first, second, 0.5 + LATER) + by
    print(f"{second} against {first}, {strata.size(first, second)} requests: {by:+.2f} us, later in "
          f"{100 * later:.2f} of 100 pairs, D = {far:.4f}; a delay of {TOLERANCE + power:.1f} us "
          "would be seen")
    return (strata.superiority(first, second, -TOLERANCE) > 0.5 + LATER
            or strata.superiority(first, second, TOLERANCE) < 0.5 - LATER
            or strata.distance(first, second, TOLERANCE) > DISTANCE)


def assert_alike(place, edge, pairs, at_a_time=1):
    """Whoever is told apart must be told apart twice: chance does not do that."""
    kinds = dict.fromkeys(kind for pair in pairs for kind in pair)
    suspects = pairs
    for seed in (1, 2):
        strata = delays(place, edge, kinds, seed, at_a_time)
        suspects = [pair for pair in suspects if told_apart(strata, *pair)]
        if not suspects:
            return
    pytest.fail(f"told apart: {suspects}")


PAIRS = [("known", "unknown"), ("known", "malformed"), ("unknown", "malformed")]

# Rules that cost many microseconds a name, and match none.
COSTLY = "".join(f"^u[0-9]*x{number}@ -> im1\n" for number in range(600))


def test_with_a_secret_nobody_tells_users_by_the_delay(place):
    edge = concealing_edge(place).start()
    assert_alike(place, edge, PAIRS)


def test_rules_tell_nothing_with_a_secret_and_much_without(place):
    """The second half is the control: here the test sees a difference that is really there."""
    rules = place.file("costly.regex", COSTLY)
    edge = concealing_edge(place, redirect__regex__rules=rules).start()
    assert_alike(place, edge, [("known", "unknown")])
    assert edge.stop() == 0
    open_edge = concealing_edge(place, secret=None, name="open", redirect__regex__rules=rules)
    seen = delays(place, open_edge.start(), ["known", "unknown"], seed=3, at_a_time=1)
    assert told_apart(seen, "known", "unknown")


def test_a_cover_hides_what_takes_less_time(place):
    """Even without a secret, with rules that only unknown users go through."""
    edge = concealing_edge(
        place, secret=None, redirect__cover="50ms",
        redirect__regex__rules=place.file("costly.regex", COSTLY)).start()
    assert_alike(place, edge, [("known", "unknown")], at_a_time=200)


class SlowPeer(Server):
    """A peer that knows nobody, and takes 40 ms to say so."""

    SECRET = b"a secret that all edges share"
    DIGEST = "ab" * 32

    def __init__(self, place):
        super().__init__(place, self._answer)

    def _answer(self, line: Line, first: str):
        self.greet(line, first, self.SECRET, self.DIGEST)
        answers = queue.Queue()

        def speak():
            while True:
                due, text = answers.get()
                time.sleep(max(0, due - time.monotonic()))
                try:
                    line.say(text)
                except OSError:
                    return

        threading.Thread(target=speak, daemon=True).start()
        for number, user in self.queries_of(line):
            answers.put((time.monotonic() + 0.04, f"U {number} {user} {self.DIGEST}"))


def test_with_peers_a_cover_hides_whom_they_are_asked_for(place):
    """Users of the map are not asked for; the control, again, is the edge without its cover."""
    peer = SlowPeer(place)
    keys = {
        "redirect.provider": "db, peers, hash",
        "redirect.peers": f"127.0.0.1:{peer.port}",
        "redirect.peers.secret": place.file("peers.secret", SlowPeer.SECRET.decode()),
        "redirect.peers.budget": "150ms",
        "redirect.peers.cache": "0",
        "redirect.peers.rate": "1000000",
    }
    edge = concealing_edge(place, redirect__cover="200ms", **keys).start()
    edge.logged("peer connected")
    assert_alike(place, edge, PAIRS, at_a_time=400)
    assert len(peer.queries) > 4_000, "the peer was hardly asked"
    asked_for = {query.split()[2] for query in peer.queries}
    assert asked_for <= set(UNKNOWN)
    assert edge.stop() == 0
    open_edge = concealing_edge(place, name="open", **keys).start()
    open_edge.logged("peer connected")
    seen = delays(place, open_edge, ["known", "unknown"], seed=3, at_a_time=100)
    assert told_apart(seen, "known", "unknown")
