"""Modes `auto` and `observe`: who follows is redirected, who does not is relayed to the same node."""

import asyncio
import time

import pytest
from lab import Place, until
from lab.client import Connection, ask, header
from lab.profanity import Profanity
from lab.programs import Edge, replace
from lab.prosody import Prosody, several
from member import Member, trust_only
from small import compile_map

DOMAINS = ["im.example", "b.example"]
PASSWORD = "a secret of few people"
ALICE, BOB, CAROL = "alice@im.example", "bob@im.example", "carol@b.example"
HOME = {ALICE: "im1", BOB: "im2", CAROL: "im2"}

# Long enough for a client to come back on a loaded machine, short enough to wait for.
WINDOW = 5

# What `profanity` (0.13, Debian) does, as the edge's log tells it; any program with libstrophe does the same.
HEADER = '<?xml_version="1.0"?>;header=to",xml:lang",version",xmlns",xmlns:stream"'
PROFANITY = [f'{HEADER};starttls;tls=sni;{HEADER},from"', f'tls=sni;{HEADER},from"']


class Home:
    """Two servers with both domains, and edges that know who is at home where."""

    def __init__(self, place, authority):
        self.authority, self._place = authority, place
        self.certificates = {domain: authority.certificate(domain) for domain in DOMAINS}
        self.servers = several(place, {"im1": "", "im2": ""}, self.certificates, [ALICE, BOB], PASSWORD)
        first = self.servers["im1"]
        first.register([CAROL], PASSWORD)
        self.servers["im2"].take_accounts_of(first)
        compile_map(place, "auto", {user: int(node[2:]) for user, node in HOME.items()})
        self.trust = trust_only(authority.root)

    def edge(self, place, listeners=None, relays=DOMAINS, **changes) -> Edge:
        """Waits until the edge offers to clients of the domains in `relays` what the nodes offer."""
        keys = {
            "domains": ", ".join(DOMAINS),
            "redirect.provider": "db",
            "redirect.to": "im1, im2",
            "redirect.mode": "auto",
            "redirect.auto.window": f"{WINDOW}s",
            "redirect.db.users": self._place.file("auto.mdb"),
            "redirect.db.partitions": self._place.file("auto.partitions", "im1, im2\nim2, im1\n"),
            "redirect.trust": self.authority.root,
            # What nodes offer to either domain is known soon.
            "redirect.probe.full": "2s",
            "log.level": "debug",
        }
        for domain, files in self.certificates.items():
            keys[f"tls.{domain}.certificate"] = files.chain
            keys[f"tls.{domain}.key"] = files.key
        for name, server in self.servers.items():
            keys[f"redirect.to.{name}.host"] = f"127.0.0.1:{server.port}"
            keys[f"redirect.to.{name}.directtls"] = f"127.0.0.1:{server.tls_port}"
        keys |= {key.replace("__", "."): value for key, value in changes.items()}
        edge = Edge(place, "edge", keys, listeners or {"c2s": "starttls"}).start()
        for domain in relays:
            until(lambda: self._is_offered(domain, edge.ports["c2s"]), 20, f"the offer of {domain}")
        return edge

    def _is_offered(self, domain: str, port: int) -> bool:
        """Prosody, with these accounts, has no SCRAM-SHA-256; an edge that only redirects has."""
        with Connection(port) as connection:
            connection.starttls(domain, self.authority.root)
            connection.send(header(domain))
            return b"SCRAM-SHA-256<" not in connection.read_until(b"</stream:features>")

    def attempt(self, user: str, port: int, how: str = "starttls"):
        """One attempt of slixmpp as it is: `session`, or the address it was told and does not go to."""
        async def attempt():
            member = Member(user, PASSWORD, self.trust)
            result = await asyncio.wait_for(member._attempt(("127.0.0.1", port), how), 30)
            await member.log_out()
            return result
        return asyncio.run(attempt())

    def profanity(self, place, user: str, port: int, policy: str = "force"):
        """Profanity logs in at the user's node and leaves."""
        server = self.servers[HOME[user]]
        before = len(server.logins())
        client = Profanity(place, user, PASSWORD, port, policy, self.authority).start()
        until(lambda: user in server.logins()[before:], 30, f"{user} to log in at {server.name}")
        client.stop()

    def logins(self) -> dict[str, int]:
        return {name: len(server.logins()) for name, server in self.servers.items()}


@pytest.fixture(scope="module")
def home(authority):
    # A place of its own: the lasting one has servers of the same names.
    with Place("redirect-edge-auto") as place:
        yield Home(place, authority)


def decisions(edge) -> list[str]:
    """What was done with each client, and why."""
    lines = [line for line in edge.log.splitlines() if " because=" in line]
    return [line.split(" debug ")[1].split(" listener=")[0] + ": "
            + line.split(" because=")[1].split(" ")[0] for line in lines]


def test_who_does_not_follow_is_turned_away_once(home, place):
    edge = home.edge(place, redirect__auto__first="redirect")
    port, bob = edge.ports["c2s"], home.servers["im2"]
    before = home.logins()
    assert home.attempt(BOB, port) == ("127.0.0.1", bob.port)
    for _ in range(2):
        assert home.attempt(BOB, port) == "session"
    edge.write(redirect__auto__first="redirect", redirect__cover="10ms")
    edge.reload()
    edge.logged("serving", after=edge.log.index("serving") + 10)
    # Longer than any return would count: it is known now.
    time.sleep(WINDOW + 1)
    assert home.attempt(BOB, port) == "session"
    assert home.logins() == {"im1": before["im1"], "im2": before["im2"] + 3}
    assert decisions(edge) == ["redirected: unknown", "relaying: came-back",
                               "relaying: does-not-follow", "relaying: does-not-follow"]
    assert edge.stop() == 0


def test_it_is_tried_again_one_day(home, place):
    edge = home.edge(place, redirect__auto__first="redirect", redirect__auto__forget="2s")
    for _ in range(2):
        home.attempt(BOB, edge.ports["c2s"])
    time.sleep(3)
    assert home.attempt(BOB, edge.ports["c2s"]) == ("127.0.0.1", home.servers["im2"].port)
    assert decisions(edge) == ["redirected: unknown", "relaying: came-back", "redirected: unknown"]
    assert edge.stop() == 0


def test_staying_away_proves_nothing(home, place):
    edge = home.edge(place, redirect__auto__first="redirect", redirect__auto__window="1s")
    for _ in range(3):
        assert home.attempt(BOB, edge.ports["c2s"]) != "session"
        time.sleep(2)
    assert decisions(edge) == ["redirected: unknown"] * 3
    assert edge.stop() == 0


def test_relayed_at_once_as_shipped(home, place):
    """Nothing is said of modes."""
    edge = home.edge(place, {"c2s": "starttls", "c2s-tls": "directtls"}, redirect__mode=None)
    before = home.logins()
    for user in (ALICE, BOB, CAROL):
        assert home.attempt(user, edge.ports["c2s"]) == "session"
        assert home.attempt(user, edge.ports["c2s-tls"], "directtls") == "session"
    assert home.logins() == {"im1": before["im1"] + 2, "im2": before["im2"] + 4}
    assert set(decisions(edge)) == {"relaying: unknown"}
    assert edge.stop() == 0


@pytest.mark.parametrize("first", ["redirect", "relay"])
def test_profanity_is_redirected_every_time(home, place, first):
    """With `relay` because it is on the list of followers that this edge has been given."""
    followers = place.file("followers", "".join(f"shape {shape}\n" for shape in PROFANITY))
    edge = home.edge(
        place, {"c2s": "starttls", "c2s-tls": "directtls"}, redirect__auto__first=first,
        redirect__auto__window="1s",
        **({"redirect__auto__followers": followers} if first == "relay" else {}))
    for listener, policy in (("c2s", "force"), ("c2s-tls", "legacy")) * 2:
        home.profanity(place, ALICE, edge.ports[listener], policy)
        time.sleep(1.5)
    reason = "unknown" if first == "redirect" else "follower"
    assert decisions(edge) == [f"redirected: {reason}"] * 4
    # The list is a file like any other: taken when it changes, a bad one changes nothing.
    if first == "relay":
        replace(followers, "shape nonsense\n")
        edge.logged("not taken", "followers:1")
        home.profanity(place, ALICE, edge.ports["c2s"])
        replace(followers, "# nobody\n")
        edge.logged("serving", after=edge.log.index("not taken"))
        time.sleep(1.5)
        home.profanity(place, ALICE, edge.ports["c2s"])
        assert decisions(edge)[4:] == ["redirected: follower", "relaying: unknown"]
    assert edge.stop() == 0


def test_two_devices_behind_one_address(home, place):
    """One user, one address, one program that follows and one that does not: each is treated as it needs."""
    edge = home.edge(place, redirect__auto__first="redirect")
    port = edge.ports["c2s"]
    assert home.attempt(ALICE, port) == ("127.0.0.1", home.servers["im1"].port)
    # At once, within the other's window.
    home.profanity(place, ALICE, port)
    assert home.attempt(ALICE, port) == "session"
    time.sleep(WINDOW + 1)
    home.profanity(place, ALICE, port)
    assert home.attempt(ALICE, port) == "session"
    assert decisions(edge) == [
        "redirected: unknown", "redirected: unknown", "relaying: came-back", "redirected: unknown",
        "relaying: does-not-follow"]
    assert edge.stop() == 0


def test_a_dead_node_is_not_blamed_on_the_client(home, place):
    """Its node dies behind the redirect and probes are far apart: the client is not taken for one that does
    not follow."""
    node = Prosody(place, "mortal", home.certificates).start()
    node.take_accounts_of(home.servers["im1"])
    edge = home.edge(
        place, relays=["im.example"], redirect__auto__first="redirect", redirect__pollfrequency="60s",
        redirect__probe__changing="1s", redirect__probe__fall="1",
        **{"redirect__to__im2__host": f"127.0.0.1:{node.port}",
           "redirect__to__im2__directtls": f"127.0.0.1:{node.tls_port}"})

    def turn():
        # One connection and no more: slixmpp would come again by itself.
        return ask(edge.ports["c2s"], BOB, "starttls", home.authority.root)

    assert turn().target == f"127.0.0.1:{node.port}"
    node.kill()
    assert turn().condition == "remote-connection-failed"
    edge.logged("node", "down")
    # The fallback's turn: a redirect like any first one.
    assert turn().target == f"127.0.0.1:{home.servers['im1'].port}"
    assert decisions(edge) == [
        "redirected: unknown", "relaying: came-back", "redirected: unknown"]
    assert edge.stop() == 0


def test_modes_of_domains(home, place):
    edge = home.edge(place, {"c2s": "starttls", "other": "starttls"}, relays=["b.example"],
                     redirect__mode="redirect", listener__other__mode="relay",
                     **{"domain.b.example.mode": "relay"})
    for listener in edge.ports.values():
        assert home.attempt(CAROL, listener) == "session"
    assert home.attempt(BOB, edge.ports["c2s"]) == ("127.0.0.1", home.servers["im2"].port)
    assert home.attempt(BOB, edge.ports["other"]) == "session"
    edge.write(**{"domain.b.example.mode": "redirect"})
    edge.reload()
    edge.logged("serving", after=edge.log.rindex("relaying"))
    assert home.attempt(CAROL, edge.ports["other"]) == ("127.0.0.1", home.servers["im2"].port)
    assert edge.stop() == 0


def test_observe(home, place):
    """All to one node, whatever is known; the log and the last line tell what would have been."""
    followers = place.file("followers", "".join(f"shape {shape}\n" for shape in PROFANITY))
    edge = home.edge(place, redirect__mode="observe", redirect__observe__node="im1",
                     redirect__auto__followers=followers)
    before = home.logins()
    for user in (ALICE, BOB, CAROL):
        assert home.attempt(user, edge.ports["c2s"]) == "session"
    client = Profanity(place, BOB, PASSWORD, edge.ports["c2s"], "force", home.authority).start()
    until(lambda: home.logins()["im1"] == before["im1"] + 4, 30, "four logins at the entry node")
    client.stop()
    # The map does not know her; the entry node, not the edge, says that there is no such account.
    assert home.attempt("dora@im.example", edge.ports["c2s"]) == "refused"
    assert home.logins() == {"im1": before["im1"] + 4, "im2": before["im2"]}
    assert decisions(edge) == ["would relay: unknown"] * 3 + ["would redirect: follower"]
    edge.logged("would redirect", "node=im2")
    edge.logged("would have no node")
    assert edge.stop() == 0
    stopped = edge.logged("stopped")
    for count in ("would-redirect=1", "would-relay=3", "redirected=0"):
        assert count in stopped
