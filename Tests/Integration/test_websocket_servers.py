"""Real servers behind a listener for WebSocket: clients log in at their home node, and what they say arrives."""

import hashlib
import random
from urllib.parse import urlsplit

import pytest
from lab import Place
from lab.certificates import Authority
from lab.ejabberd import PASSWORD, Ejabberd
from lab.pool import CONFIGURATION
from lab.programs import Edge, rdadmin
from lab.prosody import WEB, several
from websockets.sync.client import connect

from framing import Framed, element, independent, opening, upgrade
from member import trust_only
from scram import log_in
from small import DOMAIN, compile_map

ALICE, BOB = "alice@im.example", "bob@im.example"

# The users of each pair of servers, and which of the two is whose home.
HOMES = {ALICE: "im1", BOB: "im2"}


class Pair:
    """Two servers of one kind with the same accounts, and an edge before them: `web` is in the clear, `webtls` inside TLS,
    `told` redirects."""

    def __init__(self, place: Place, kind: str, secure: bool):
        """`secure`: the servers are spoken to inside TLS."""
        self.place, self.kind, self.secure = place, kind, secure
        self.authority = Authority(place)
        self.certificates = {DOMAIN: self.authority.certificate(DOMAIN)}
        self.servers = {"Prosody": self._prosodies, "ejabberd": self._ejabberds}[kind]()
        self.trust = trust_only(self.authority.root)
        self.edge = self._edge().start()
        self.edge.logged("offering", seconds=20)

    def _prosodies(self) -> dict:
        return several(self.place, {"im1": WEB, "im2": WEB}, self.certificates, list(HOMES), PASSWORD)

    def _ejabberds(self) -> dict:
        servers = {name: Ejabberd(self.place, name, self.certificates, self.authority.root,
                                  CONFIGURATION)
                   for name in ("im1", "im2")}
        for server in servers.values():
            server.launch()
        for server in servers.values():
            server.wait_until_started()
            server.fill({user: {} for user in HOMES})
        return servers

    def _edge(self) -> Edge:
        certificate = self.certificates[DOMAIN]
        keys = {
            "domains": DOMAIN, "redirect.provider": "db", "redirect.mode": "relay",
            "redirect.to": "im1, im2", "redirect.trust": self.authority.root,
            "redirect.db.users": compile_map(
                self.place, "web", {user: int(node[2:]) for user, node in HOMES.items()}),
            "redirect.db.partitions": self.place.file("web.partitions", "im1, im2\nim2, im1\n"),
            "redirect.pollfrequency": "200ms", "redirect.probe.full": "1s", "log.level": "debug",
            "redirect.probe.timeout": "5s",
            "tls.certificate": certificate.chain, "tls.key": certificate.key,
            "listener.web.usessl": "false",
            "listener.told.mode": "redirect", "listener.told.usessl": str(self.secure).lower()}
        for name, server in self.servers.items():
            keys[f"redirect.to.{name}.host"] = f"127.0.0.1:{server.port}"
            keys[f"redirect.to.{name}.websocket"] = \
                server.websocket_tls if self.secure else server.websocket
        return Edge(self.place, "edge", keys, {"web": "websocket", "webtls": "websocket", "told": "websocket"})

    def lookup(self, user: str) -> str:
        line = rdadmin(self.place, "lookup", "-c", self.edge.configuration,
                       self.place.file("web.mdb"), user).stdout.splitlines()[-1]
        return line.split("\t")[2].split(",")[0].strip()

    def connect(self, where: str):
        self.note()
        return independent(self.edge.ports[where], self.trust if where == "webtls" else None)

    def note(self):
        """What has been at the servers before counts no more."""
        if self.kind == "Prosody":
            self._past = {name: len(server.logins()) for name, server in self.servers.items()}

    def framed(self, where: str) -> Framed:
        """The raw client."""
        self.note()
        return upgrade(self.edge.ports[where], self.authority.root if where == "webtls" else None)

    def is_at_home(self, jid: str):
        """The node of `rdadmin lookup` has this session, and no other has."""
        home = self.lookup(jid.split("/")[0])
        assert home == HOMES[jid.split("/")[0]]
        where = [name for name, server in self.servers.items() if self._has(server, jid)]
        assert where == [home]

    def _has(self, server, jid: str) -> bool:
        if self.kind == "Prosody":
            # It tells logins, not sessions.
            return jid.split("/")[0] in server.logins()[self._past[server.name]:]
        return jid in server.ask("connected_users")


@pytest.fixture(scope="module", params=["Prosody", "ejabberd", "Prosody wss", "ejabberd wss"])
def pair(request):
    with Place("redirect-edge-web") as place:
        pair = Pair(place, request.param.split()[0], secure=request.param.endswith("wss"))
        yield pair
        assert pair.edge.stop() == 0, pair.edge.log[-3000:]


def test_the_servers_without_an_edge(pair):
    """What is expected below is what the servers themselves do."""
    for server in pair.servers.values():
        with connect(server.websocket, subprotocols=["xmpp"], proxy=None, close_timeout=0.2) as client:
            assert log_in(client, ALICE, PASSWORD).startswith(ALICE)


@pytest.mark.parametrize("where", ["web", "webtls"])
@pytest.mark.parametrize("sender", [None, "from"])
@pytest.mark.parametrize("mechanisms", [("SCRAM-SHA-256", "SCRAM-SHA-1"), ("PLAIN",)])
def test_everybody_comes_home(pair, where, sender, mechanisms):
    for user in HOMES:
        with pair.connect(where) as client:
            jid = log_in(client, user, PASSWORD, user if sender else None, mechanisms)
            assert jid.startswith(f"{user}/")
            pair.is_at_home(jid)


@pytest.mark.parametrize("sender", [None, "from"])
def test_a_client_that_does_not_wait(pair, sender):
    """`<open/>` and login in one flight, without having seen what is offered."""
    with pair.framed("webtls") as client:
        jid = log_in(client, BOB, PASSWORD, BOB if sender else None, ("PLAIN",), pipelined=True)
        pair.is_at_home(jid)


def test_a_wrong_password(pair):
    for mechanisms in (("SCRAM-SHA-256", "SCRAM-SHA-1"), ("PLAIN",)):
        with pair.connect("webtls") as client, pytest.raises(PermissionError, match="not-authorized"):
            log_in(client, ALICE, "wrong", mechanisms=mechanisms)


@pytest.mark.parametrize("user", HOMES)
def test_who_follows_logs_in_there(pair, user):
    trust = pair.trust if pair.secure else None
    with independent(pair.edge.ports["told"], trust) as client:
        client.send(opening(DOMAIN, user))
        uri = element(client.recv()).get("see-other-uri")
    assert uri == pair.edge.keys[f"redirect.to.{HOMES[user]}.websocket"]
    pair.note()
    place = urlsplit(uri)
    with independent(place.port, trust, path=place.path) as client:
        pair.is_at_home(log_in(client, user, PASSWORD, user))


def test_login_byte_by_byte(pair):
    class Slowly:
        """A socket that sends single bytes and takes single bytes."""

        def __init__(self, inner):
            self._inner = inner

        def sendall(self, data):
            for byte in data:
                self._inner.sendall(bytes([byte]))

        def recv(self, _):
            return self._inner.recv(1)

        def close(self):
            self._inner.close()

    with pair.framed("web") as client:
        slow = Framed(Slowly(client.socket), client.received)
        assert log_in(slow, ALICE, PASSWORD).startswith(ALICE)


def test_thousands_of_messages_to_oneself(pair):
    """What goes out comes back from the server, each once and in order."""
    count, seed = 3000, random.Random(1)
    texts = [hashlib.shake_256(f"{number}".encode()).hexdigest(seed.choice((1, 20, 300)))
             for number in range(count)]
    with pair.connect("webtls") as client:
        jid = log_in(client, ALICE, PASSWORD)
        heard = []
        for start in range(0, count, 30):
            for text in texts[start:start + 30]:
                client.send(f"<message xmlns='jabber:client' type='chat' to='{jid}'><body>{text}</body></message>")
            while len(heard) < start + 30:
                message = client.recv(timeout=20)
                if "<body>" in message:
                    heard.append(message.split("<body>")[1].split("</body>")[0])
        assert heard == texts


def test_a_big_message(pair):
    """As big as these servers take them by WebSocket."""
    text = hashlib.shake_256(b"big").hexdigest(30_000)
    with pair.connect("webtls") as client:
        jid = log_in(client, BOB, PASSWORD)
        client.send(f"<message xmlns='jabber:client' type='chat' to='{jid}'><body>{text}</body></message>")
        while "<body>" not in (message := client.recv(timeout=20)):
            pass
        assert message.split("<body>")[1].split("</body>")[0] == text


def test_goodbye(pair):
    with pair.connect("webtls") as client:
        log_in(client, BOB, PASSWORD)
        client.send("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>")
        last = list(client)
        assert last and last[-1].startswith("<close "), last
    assert client.close_code == 1000
