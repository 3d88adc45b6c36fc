"""A real pool: three clustered ejabberd nodes, two hosted domains, two edges behind HAProxy, three
hundred people at the nodes where their circles are. What one server can do, the pool can."""

import asyncio
from dataclasses import dataclass
from itertools import combinations

import pytest
from deployment import CIRCLE, DOMAINS, LISTENER_OF, LISTENERS, PEOPLE, Deployment
from lab import until
from lab.client import ask
from lab.ejabberd import PASSWORD
from lab.pool import NODES
from lab.profanity import Profanity
from member import HEARING_SECONDS, Member

PLUGINS = ("xep_0016", "xep_0030", "xep_0045", "xep_0060", "xep_0115", "xep_0118", "xep_0163")
TUNE = "http://jabber.org/protocol/tune"

PAIRS = list(combinations(NODES, 2))


@pytest.fixture(scope="module", autouse=True)
def everybody(crowd, deployment):
    """All are logged in through the edges, where the map says."""
    crowd.come(deployment.database)


# Who is where


def bare(sessions: dict[str, str]) -> dict[str, set[str]]:
    where: dict[str, set[str]] = {}
    for jid, node in sessions.items():
        where.setdefault(jid.split("/")[0], set()).add(node)
    return where


def test_everybody_is_on_the_node_of_lookup(deployment):
    assert sorted(deployment.home.values()) == sorted([*NODES] * (PEOPLE // len(NODES)))
    homes = {user: {node} for user, node in deployment.home.items()}
    for node in NODES:
        assert bare(deployment.pool.sessions(node)) == homes, f"as {node} knows it"


def test_everybody_was_sent_there_by_one_of_both_edges(crowd, deployment):
    for user, member in crowd.members.items():
        host, port = deployment.target(user, crowd.how(user)).split(":")
        assert member.hops[1:] == [(host, int(port))]
    one, other = deployment.redirects()
    assert min(one, other) > PEOPLE // 3, "the balancer uses both edges"


def test_circles_of_both_domains_are_kept_together(deployment):
    users = list(deployment.rosters)
    for first in range(0, PEOPLE, CIRCLE):
        circle = users[first:first + CIRCLE]
        assert {user.split("@")[1] for user in circle} == set(DOMAINS)
        assert len({deployment.home[user] for user in circle}) == 1


def test_both_edges_answer_the_same(deployment):
    for edge in deployment.edges:
        for number, user in enumerate(deployment.rosters):
            how = list(LISTENERS.values())[number % 2]
            port = deployment.balancer.ports_of_one[LISTENER_OF[how], edge.name]
            answer = ask(port, user, how, deployment.authority.root)
            assert answer.target == deployment.target(user, how), f"{user} at {edge.name}"
            assert answer.orderly


# What users of different nodes do with each other


@dataclass
class Talkers:
    """A user of each node, with a client that can do more, and contacts of each other."""

    of: dict[str, Member]

    @property
    def all(self) -> list[Member]:
        return list(self.of.values())


def strangers(deployment: Deployment) -> dict[str, str]:
    """A user of each node, none a contact of another, of both domains."""
    chosen: dict[str, str] = {}
    for number, (user, home) in enumerate(deployment.home.items()):
        domain = DOMAINS[len(chosen) % 2]
        if home not in chosen and number % CIRCLE in (4, 5) and user.endswith(domain):
            chosen[home] = user
    assert set(chosen) == set(NODES)
    return chosen


@pytest.fixture(scope="module")
def talkers(crowd, deployment, everybody):
    talkers = Talkers({node: crowd.another(user, PLUGINS, "talker")
                       for node, user in strangers(deployment).items()})
    crowd.run(begin(crowd, talkers))
    where = deployment.pool.sessions()
    assert {node: where[member.jid] for node, member in talkers.of.items()} == {
        node: node for node in NODES}
    yield talkers
    crowd.run(end(talkers))


async def begin(crowd, talkers: Talkers):
    for member in talkers.all:
        await crowd.log_in(member)
        await member.client.get_roster()
        member.announce("here")
    # Subscriptions across nodes, as RFC 6121 (3.1) has them; slixmpp grants what it is asked.
    for one, other in combinations(talkers.all, 2):
        one.client.send_presence_subscription(pto=other.user, ptype="subscribe")
    for one in talkers.all:
        for other in talkers.all:
            if one is not other:
                await one.hear_status("here", other.user)


async def end(talkers: Talkers):
    for member in talkers.all:
        await member.log_out()


@pytest.fixture(params=PAIRS, ids=lambda pair: "-".join(pair))
def pair(request, talkers) -> tuple[Member, Member]:
    """Two users of different nodes."""
    one, other = request.param
    for member in talkers.all:
        member.forget()
    return talkers.of[one], talkers.of[other]


def test_presence(crowd, pair):
    one, other = pair

    async def play():
        one.announce("gone for tea", "away")
        other.announce("not now", "dnd")
        await other.hear_status("gone for tea", one.user)
        await one.hear_status("not now", other.user)

    crowd.run(play())


def test_chat(crowd, pair):
    one, other = pair

    async def play():
        one.say(other.user, "Are you there?")
        question = await other.hear_chat("Are you there?", one.user)
        other.say(question["from"].full, "I am.")
        await one.hear_chat("I am.", other.user)

    crowd.run(play())


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_room(crowd, talkers, domain):
    """The three are of three nodes, the room is on one of them; all hear all, in the same order."""
    room = f"lounge@conference.{domain}"

    async def play():
        for member in talkers.all:
            member.forget()
            await member.client.plugin["xep_0045"].join_muc_wait(room, member.user[:4], timeout=20)
        lines = [f"this is {member.user}" for member in talkers.all]
        for member, line in zip(talkers.all, lines):
            member.client.send_message(mto=room, mbody=line, mtype="groupchat")
            # The room itself has it, so that the next line is a later one.
            await member.hear(lambda stanza: said(stanza) == line, line)
        for member in talkers.all:
            await member.hear(lambda stanza: said(stanza) == lines[-1], lines[-1])
            heard = [said(stanza) for stanza in member.inbox if said(stanza)]
            assert heard == lines, member.user
        for member in talkers.all:
            member.client.plugin["xep_0045"].leave_muc(room, member.user[:4])

    crowd.run(play())


def said(stanza) -> str | None:
    """What was said in a room."""
    if stanza.name == "message" and stanza["type"] == "groupchat":
        return stanza["body"] or None
    return None


def test_entity_capabilities(crowd, pair):
    """What a client announces by a hash is what it says when asked, across nodes (XEP-0115)."""
    one, other = pair

    async def play():
        await one.client.plugin["xep_0115"].update_caps()
        announced = await other.hear(
            lambda stanza: stanza.name == "presence" and stanza["from"].full == one.jid
            and stanza["caps"]["ver"], f"capabilities of {one.jid}")
        caps = other.client.plugin["xep_0115"]
        answer = await other.client.plugin["xep_0030"].get_info(
            jid=one.jid, node=f"{announced['caps']['node']}#{announced['caps']['ver']}",
            cached=False, timeout=HEARING_SECONDS)
        assert f"{TUNE}+notify" in answer["disco_info"]["features"]
        assert caps.generate_verstring(answer["disco_info"], "sha-1") == announced["caps"]["ver"]

    crowd.run(play())


def test_a_pep_item(crowd, pair):
    """Published on one node: the other's user, whose capabilities ask for it, is told, and may also
    fetch it (XEP-0163)."""
    one, other = pair
    title = f"From {one.user} to {other.user}"

    async def play():
        await one.client.plugin["xep_0118"].publish_tune(artist="Yes", title=title)
        told = await other.hear(
            lambda stanza: stanza.name == "message" and stanza["from"].bare == one.user
            and title in str(stanza), f"the tune {title!r}")
        assert told["pubsub_event"]["items"]["node"] == TUNE
        answer = await other.client.plugin["xep_0060"].get_items(
            one.user, TUNE, timeout=HEARING_SECONDS)
        assert title in str(answer)

    crowd.run(play())


def test_a_privacy_list(crowd, pair):
    """Blocked: neither messages nor presences come, from another node either (XEP-0016)."""
    one, other = pair
    # Of every kind: a rule that names kinds loses `presence-in` in slixmpp 1.17.
    rule = {"type": "jid", "value": other.user, "action": "deny", "order": "1"}

    async def play():
        lists = one.client.plugin["xep_0016"]
        await lists.edit_list("quiet", [rule], timeout=HEARING_SECONDS)
        await lists.activate("quiet", timeout=HEARING_SECONDS)
        other.announce("shouting")
        other.say(one.jid, "Do you hear me?")
        # One session's stanzas to another stay in order: the presence has not arrived either.
        await other.hear(lambda stanza: stanza.name == "message" and stanza["type"] == "error"
                         and stanza["from"].full == one.jid, "that the message did not arrive")
        await lists.deactivate(timeout=HEARING_SECONDS)
        other.say(one.jid, "And now?")
        other.announce("speaking")
        await one.hear_chat("And now?", other.user)
        await one.hear_status("speaking", other.user)
        assert [stanza["body"] for stanza in one.inbox if stanza.name == "message"] == ["And now?"]
        # A server under load may say the same presence twice.
        assert {stanza["status"] for stanza in one.inbox if stanza.name == "presence"
                and stanza["from"].full == other.jid} == {"speaking"}

    crowd.run(play())


@pytest.mark.parametrize("how", ["starttls", "directtls"])
@pytest.mark.parametrize("node", NODES)
def test_profanity_talks_to_another_node(crowd, deployment, talkers, place, node, how):
    """A client that follows by itself comes through the balancer and writes to another node's user."""
    residents = [user for user, home in deployment.home.items()
               if home == node and user != talkers.of[node].user]
    user = residents[list(LISTENERS.values()).index(how)]
    other = talkers.of[NODES[(NODES.index(node) + 1) % len(NODES)]]
    client = Profanity(
        place, user, PASSWORD, deployment.balancer.ports[LISTENER_OF[how]],
        "force" if how == "starttls" else "legacy", deployment.authority).start()
    until(lambda: "Bind successful" in client.log, 30,
          lambda: f"{user} to log in:\n{client.screen()}")
    assert deployment.pool.sessions()[f"{user}/profanity"] == node

    async def play():
        other.forget()
        client.type(f"/msg {other.user} Hello from a terminal")
        heard = await other.hear_chat("Hello from a terminal", user)
        other.say(heard["from"].full, f"Hello {node}")
        await asyncio.sleep(0)

    crowd.run(play())
    until(lambda: f"Hello {node}" in client.screen(), 20,
          lambda: f"the answer on the screen:\n{client.screen()}")
    client.stop()
