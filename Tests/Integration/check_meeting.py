"""Clients of every kind, relayed to three clustered ejabberd nodes by two edges behind a balancer: each
has the presence of all others and a message from each."""

import base64
import re

import pytest
from entrance import NODES, PARTITIONS
from lab import Place, until
from lab.certificates import Authority
from lab.client import Connection, header
from lab.clients import CLIENTS, Client, Login
from lab.ejabberd import PASSWORD
from lab.haproxy import Haproxy
from lab.pool import Pool
from lab.programs import Edge, rdadmin
from small import compile_map

DOMAIN = "im.example"
LISTENERS = {"starttls": "starttls", "directtls": "directtls", "websocket": "websocket"}

MEETING_SECONDS = 60.0

# Of logins that may go wrong by chance: when two in five did, all of these were right once in a million.
LOGINS = 30


def user_of(client) -> str:
    return f"{re.sub('[:.]+', '-', client.name).lower()}@{DOMAIN}"


USERS = {client: user_of(client) for client in CLIENTS}

# Whose windows are not for programs to type into.
SILENT = {"finch"}


class Meeting:
    """`running`: client -> its session. Every other one comes by direct TLS, where it can."""

    def __init__(self, place: Place, authority: Authority):
        self.place, self.authority = place, authority
        users = list(USERS.values())
        self.pool = Pool(place, authority, [DOMAIN]).start({
            user: {other: "both" for other in users if other != user} for user in users})
        keys = self._keys(place, authority, users)
        self.edges = [Edge(place, name, keys, LISTENERS).start() for name in ("edge1", "edge2")]
        for edge in self.edges:
            edge.logged("offering what the nodes offer")
        self.balancer = Haproxy(place, self.edges, list(LISTENERS)).start()
        lines = rdadmin(place, "lookup", "-c", self.edges[0].configuration, place.file("meeting.mdb"),
                        *users).stdout.splitlines()
        self.home = {line.split("\t")[0]: line.split("\t")[2].strip() for line in lines}
        self.running = {}
        for number, client in enumerate(CLIENTS):
            self._admit(client, client.kinds[(number + 1) % len(client.kinds)])

    def _keys(self, place: Place, authority: Authority, users: list[str]) -> dict:
        certificate = self.pool.certificates[DOMAIN]
        keys = {
            "domains": DOMAIN,
            "redirect.mode": "relay",
            "redirect.provider": "db",
            "redirect.to": ", ".join(NODES),
            # Nodes that are slow on a busy machine are not down.
            "redirect.probe.timeout": "5s",
            "redirect.probe.return": "0",
            "redirect.trust": authority.root,
            "redirect.db.users": compile_map(place, "meeting", {
                user: 1 + number % len(NODES) for number, user in enumerate(users)}),
            "redirect.db.partitions": place.file("meeting.partitions", PARTITIONS),
            "tls.certificate": certificate.chain,
            "tls.key": certificate.key,
            "log.level": "debug",
        }
        for name, node in self.pool.nodes.items():
            keys[f"redirect.to.{name}.host"] = f"127.0.0.1:{node.port}"
            keys[f"redirect.to.{name}.directtls"] = f"127.0.0.1:{node.tls_port}"
            keys[f"redirect.to.{name}.websocket"] = node.websocket
        for listener in LISTENERS:
            keys[f"listener.{listener}.proxy"] = "required"
            keys[f"listener.{listener}.proxy.from"] = "127.0.0.0/8"
        return keys

    def _admit(self, client: Client, how: str):
        """Lets it come; returns when all nodes know that it is there. Nodes tell each other a moment
        later, and of two users that come in that moment one may never hear of the other."""
        user = USERS[client]
        session = self.running[client] = client.start(self.place, Login(
            user, PASSWORD, self.balancer.ports[how], how, self.authority,
            self.pool.certificates[DOMAIN].chain,
            [other for other in USERS.values() if other != user]))
        for node in NODES:
            until(lambda: user in self.sessions(node), MEETING_SECONDS,
                  lambda: f"{client.name} to log in:\n{session.output[-1500:]}", every=0.1)

    def sessions(self, asked: str | None = None) -> dict[str, str]:
        """User -> the node where he is, as the node `asked` knows it."""
        return {jid.split("/")[0]: node for jid, node in self.pool.sessions(asked).items()}

    def stop(self):
        for session in self.running.values():
            session.stop()
        for edge in self.edges:
            assert edge.stop() == 0, edge.log[-2000:]


@pytest.fixture(scope="module")
def meeting():
    with Place("redirect-edge-meeting") as place:
        meeting = Meeting(place, Authority(place))
        # Terminals need their session before they can write.
        for session in meeting.running.values():
            session.greet()
        yield meeting
        meeting.stop()


def test_everybody_is_on_the_node_of_lookup(meeting):
    assert meeting.sessions() == meeting.home
    assert set(meeting.home.values()) == set(NODES)
    for edge in meeting.edges:
        assert edge.log.count(" relaying ") > 0, "the balancer uses both edges"
        assert " redirected " not in edge.log


@pytest.mark.parametrize("listener", CLIENTS, ids=lambda client: client.name)
def test_each_hears_all_others(meeting, listener):
    session = meeting.running[listener]
    others = [USERS[client] for client in CLIENTS if client is not listener]
    speakers = [USERS[client] for client in CLIENTS
                if client is not listener and client.name not in SILENT]

    def unheard() -> list[str]:
        return ([f"a message of {user}" for user in speakers if not session.has_message(user)]
                + [f"the presence of {user}" for user in others if not session.has_presence(user)])

    until(lambda: not unheard(), MEETING_SECONDS,
          lambda: f"{listener.name} to hear {unheard()}:\n{session.output[-3000:]}", every=0.3)


def test_white_space_behind_the_login_means_nothing(meeting):
    """As go-xmpp writes it. A node that gets the end of the line after it has done the login takes it
    for the beginning of the next stream, where nothing may precede the declaration."""
    user = USERS[CLIENTS[0]]
    secret = base64.b64encode(f"\0{user.split('@')[0]}\0{PASSWORD}".encode()).decode()
    for _ in range(LOGINS):
        with Connection(meeting.balancer.ports["directtls"]) as connection:
            connection.secure(meeting.authority.root, DOMAIN)
            connection.send(header(DOMAIN))
            connection.read_until(b"</stream:features>")
            connection.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
                            f"{secret}</auth>\n")
            connection.read_until(b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
            connection.send(header(DOMAIN))
            answer = connection.read_until(b"</stream:features>", b"</stream:error>")
            assert b"</stream:features>" in answer, answer
