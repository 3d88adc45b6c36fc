"""A page with Strophe.js in headless Chromium, through the edge's WebSocket, and a TCP client, through its STARTTLS: each is at the
node of `rdadmin lookup`, and they hear each other. Three clustered ejabberd nodes."""

import asyncio
import re

import pytest
from entrance import NODES, PARTITIONS
from lab import Place, until
from lab.certificates import Authority
from lab.chromium import Browser
from lab.clients import Login
from lab.ejabberd import PASSWORD
from lab.pool import Pool
from lab.programs import Edge, rdadmin
from member import Member, trust_only
from small import compile_map

DOMAIN = "im.example"
LISTENERS = {"c2s": "starttls", "websocket": "websocket", "websocket-plain": "websocket"}

# The people of the page, by how they come, and the people of the TCP client.
USERS = {"alice@im.example": 1, "carol@im.example": 2, "bob@im.example": 3}
BOB = "bob@im.example"

# A browser starts in two seconds here; a loaded machine takes some times that.
BROWSER_SECONDS = 60.0


class Pages:
    def __init__(self, place: Place):
        self.place, self.authority = place, Authority(place)
        self.pool = Pool(place, self.authority, [DOMAIN]).start(
            {user: {other: "both" for other in USERS if other != user} for user in USERS})
        self.certificate = self.pool.certificates[DOMAIN]
        self.map = compile_map(place, "browser", USERS)
        keys = {
            "domains": DOMAIN, "redirect.mode": "auto", "redirect.provider": "db",
            "redirect.to": ", ".join(NODES),
            # Nodes that are slow on a busy machine are not down.
            "redirect.probe.timeout": "5s", "redirect.probe.return": "0",
            "redirect.trust": self.authority.root, "redirect.db.users": self.map,
            "redirect.db.partitions": place.file("browser.partitions", PARTITIONS),
            "tls.certificate": self.certificate.chain, "tls.key": self.certificate.key,
            "listener.websocket-plain.usessl": "false", "log.level": "debug"}
        for name, node in self.pool.nodes.items():
            keys[f"redirect.to.{name}.host"] = f"127.0.0.1:{node.port}"
            keys[f"redirect.to.{name}.websocket"] = f"wss://{DOMAIN}:{node.web_tls_port}/ws"
            keys[f"redirect.to.{name}.internalwebsocket"] = node.websocket
        self.edge = Edge(place, "edge", keys, LISTENERS).start()
        self.edge.logged("offering what the nodes offer")
        lines = rdadmin(place, "lookup", "-c", self.edge.configuration, self.map, *USERS).stdout.splitlines()
        self.home = {line.split("\t")[0]: line.split("\t")[2].split(",")[0].strip() for line in lines}
        assert len(set(self.home.values())) == len(USERS)

    def browse(self, user: str, how: str, contacts: list[str]) -> Browser:
        return Browser(self.place, Login(user, PASSWORD, self.edge.ports[how], how, self.authority,
                                         self.certificate.chain, contacts))

    def where(self) -> dict[str, str]:
        return {jid.split("/")[0]: node for jid, node in self.pool.sessions().items()}


@pytest.fixture(scope="module")
def pages():
    with Place("redirect-edge-browser") as place:
        pages = Pages(place)
        yield pages
        assert pages.edge.stop() == 0, pages.edge.log[-2000:]


@pytest.mark.parametrize("user, how", [("alice@im.example", "websocket"), ("carol@im.example", "websocket-plain")])
def test_a_page_and_a_tcp_client(pages, user, how):
    async def meet():
        bob = Member(BOB, PASSWORD, trust_only(pages.authority.root))
        await bob.log_in("127.0.0.1", pages.edge.ports["c2s"])
        bob.announce("here")
        browser = await asyncio.to_thread(pages.browse, user, how, [BOB])
        try:
            await bob.hear_chat(f"hello from {user}", user)
            assert pages.where() == {user: pages.home[user], BOB: pages.home[BOB]}
            bob.say(user, f"hello from {BOB}")
            await asyncio.to_thread(
                until, lambda: browser.has_message(BOB) and browser.has_presence(BOB), BROWSER_SECONDS,
                lambda: f"the page to hear of {BOB}:\n{browser.trouble}")
            # As much as a page may say, and letters that are not of this world.
            text = "ÄÖÜ 😀 <&> ]]> " + "x" * 100_000
            bob.say(user, text)
            await asyncio.to_thread(until, lambda: f"message {BOB} {text}" in browser.output, 20,
                                    lambda: browser.trouble[-3000:])
        finally:
            await asyncio.to_thread(browser.stop)
            await bob.log_out()

    asyncio.run(meet())
    assert re.search(rf" relaying .*listener={how} ", pages.edge.log)


def test_a_node_that_dies_under_a_page(pages):
    """The page is told by the end of its connection; when it comes again it is at the fallback."""
    user = "alice@im.example"
    home, fallback = pages.home[user], "im2"
    browser = pages.browse(user, "websocket", [])
    until(lambda: pages.where().get(user) == home, BROWSER_SECONDS, lambda: browser.trouble)
    pages.pool.nodes[home].kill()
    until(lambda: "status DISCONNECTED" in browser.output, 20, lambda: browser.trouble)
    browser.stop()
    pages.edge.logged("node down", home)
    browser = pages.browse(user, "websocket", [])
    until(lambda: pages.where().get(user) == fallback, BROWSER_SECONDS, lambda: browser.trouble)
    browser.stop()
