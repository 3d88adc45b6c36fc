"""Real clients that are sent away by the edge log in at their home servers."""

import asyncio

import pytest
from lab import until
from lab.client import ask
from lab.profanity import Profanity
from member import Member, trust_only
from network import DOMAIN, NAMES, PASSWORD, jid


@pytest.fixture(scope="module")
def edge(network, lasting_place):
    edge = network.edge(lasting_place, {"c2s": "starttls", "c2s-tls": "directtls"})
    edge.start()
    yield edge
    assert edge.stop() == 0


def test_real_rosters_keep_circles_together(network):
    assert set(network.home) == {jid(name) for name in NAMES}
    assert set(network.home.values()) == set(network.servers)
    for first in range(0, len(NAMES), 5):
        circle = {network.home[jid(name)] for name in NAMES[first:first + 5]}
        assert len(circle) == 1, f"the circle of {NAMES[first]} is split over {circle}"


@pytest.mark.parametrize("node", ["im1", "im2"])
@pytest.mark.parametrize("how", ["starttls", "directtls"])
def test_profanity_follows_by_itself(network, edge, place, node, how):
    user = network.one_user_of_each_node()[node]
    home, other = network.servers[node], network.servers[{"im1": "im2", "im2": "im1"}[node]]
    before, elsewhere = len(home.logins()), len(other.logins())
    port = edge.ports["c2s" if how == "starttls" else "c2s-tls"]
    policy = "force" if how == "starttls" else "legacy"
    client = Profanity(place, user, PASSWORD, port, policy, network.authority).start()
    until(lambda: user in home.logins()[before:], 20, f"{user} to log in at {node}")
    client.stop()
    assert user not in other.logins()[elsewhere:]


@pytest.mark.parametrize("how", ["starttls", "directtls"])
def test_every_user_is_told_the_node_of_lookup(network, edge, how):
    for user, node in network.home.items():
        server = network.servers[node]
        answer = ask(edge.ports["c2s" if how == "starttls" else "c2s-tls"], user, how,
                     network.authority.root)
        port = server.port if how == "starttls" else server.tls_port
        assert answer.target == f"127.0.0.1:{port}"
        assert answer.orderly


def test_a_client_that_cannot_follow_needs_a_few_lines(network, edge):
    """slixmpp says nothing of itself in the stream header: the edge learns the user from SCRAM."""
    for node, user in network.one_user_of_each_node().items():
        before = len(network.servers[node].logins())
        member = Member(user, PASSWORD, trust_only(network.authority.root))
        asyncio.run(come_and_go(member, edge.ports["c2s"]))
        assert user in network.servers[node].logins()[before:]


async def come_and_go(member: Member, port: int):
    await member.log_in("127.0.0.1", port)
    await member.log_out()


def test_the_log_names_nobody(network, place):
    """At the default level no JID, no password, also of clients that send one by PLAIN."""
    edge = network.edge(place, {"c2s": "starttls", "c2s-tls": "directtls"}).start()
    user = next(iter(network.home))
    client = Profanity(place, user, PASSWORD, edge.ports["c2s"], "force", network.authority).start()
    until(lambda: "Bind successful" in client.log, 20, "the login")
    client.stop()
    ask(edge.ports["c2s"], user, "starttls", network.authority.root)
    assert say_password(edge, network, user).target is not None
    assert edge.stop() == 0
    log = edge.log
    assert "serving" in log  # there is a log
    for word in (user, user.split("@")[0], PASSWORD):
        assert word not in log


def say_password(edge, network, user: str):
    import base64

    from lab.client import Connection, header

    secret = base64.b64encode(f"\0{user.split('@')[0]}\0{PASSWORD}".encode()).decode()
    with Connection(edge.ports["c2s"]) as connection:
        connection.starttls(DOMAIN, network.authority.root)
        connection.send(header(DOMAIN))
        connection.read_until(b"</stream:features>")
        connection.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
                        f"{secret}</auth>")
        return connection.read_to_end()
