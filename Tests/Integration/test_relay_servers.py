"""Relaying to real servers: unmodified clients log in at their home node, whatever lies between."""

import asyncio
import base64
import re

import pytest
import slixmpp
from lab import until
from lab.client import Connection, header
from lab.ejabberd import PASSWORD as EJABBERD_PASSWORD
from lab.ejabberd import Ejabberd
from lab.programs import Edge
from lab.prosody import Prosody, several

from member import trust_only
from offering import edge_before
from small import DOMAIN

PASSWORD = "pw"
USERS = {"alice@im.example": "im1", "bob@im.example": "im2"}
# A node on a trusted network that takes logins without TLS.
IN_THE_CLEAR = "c2s_require_encryption = false\nallow_unencrypted_plain_auth = true\n"


def relaying(place, authority, addresses: dict[str, str], how: str) -> Edge:
    return edge_before(place, addresses, how, authority.certificate(DOMAIN), authority.root)


def prosodies(place, authority, how: str) -> dict[str, Prosody]:
    certificates = {DOMAIN: authority.certificate(DOMAIN)}
    settings = IN_THE_CLEAR if how == "plain" else ""
    return several(place, {"im1": settings, "im2": settings}, certificates, list(USERS), PASSWORD)


async def log_in(edge: Edge, how: str, user: str, password: str, root: str) -> str:
    client = slixmpp.ClientXMPP(user, password, ssl_context=trust_only(root))
    client.enable_direct_tls = how == "directtls"
    client.enable_starttls = how == "starttls"
    client.enable_plaintext = False
    ended = asyncio.get_running_loop().create_future()

    def settle(value):
        if not ended.done():
            ended.set_result(value)

    for event in ("session_start", "failed_all_auth", "stream_error", "disconnected"):
        client.add_event_handler(event, lambda _, event=event: settle(event))
    client.connect("127.0.0.1", edge.ports[how])
    result = await asyncio.wait_for(ended, 30)
    await client.disconnect()
    return result


def open_stream(edge: Edge, how: str, root: str) -> Connection:
    connection = Connection(edge.ports[how])
    if how == "starttls":
        connection.starttls(DOMAIN, root)
    elif how == "directtls":
        connection.secure(root, DOMAIN, alpn=["xmpp-client"])
    return connection


def names_itself(edge: Edge, how: str, identity: str, user: str, password: str, root: str):
    """A raw client logs in with PLAIN and binds; it is known by its `identity`.

    Neither server takes PLAIN without an initial response, from anybody: `test_relay.py` has that.
    """
    local = user.split("@")[0]
    secret = base64.b64encode(f"\0{local}\0{password}".encode()).decode()
    sasl = "urn:ietf:params:xml:ns:xmpp-sasl"
    sender = user if identity == "header" else None
    with open_stream(edge, how, root) as client:
        client.send(header(DOMAIN, sender))
        assert b"PLAIN" in client.read_until(b"</stream:features>")
        client.send(f"<auth xmlns='{sasl}' mechanism='PLAIN'>{secret}</auth>")
        heard = client.read_until(b"<success", b"<failure")
        assert heard.endswith(b"<success"), heard
        client.received = b""
        client.send(header(DOMAIN, sender))
        client.read_until(b"</stream:features>")
        client.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
        assert user.encode() in client.read_until(b"</iq>")


@pytest.mark.parametrize("node_how", ["starttls", "directtls", "plain"])
def test_prosody(place, authority, node_how):
    servers = prosodies(place, authority, node_how)
    addresses = {name: f"127.0.0.1:{server.tls_port if node_how == 'directtls' else server.port}"
                 for name, server in servers.items()}
    edge = relaying(place, authority, addresses, node_how)
    count = 0
    for user, home in USERS.items():
        for how in ("starttls", "directtls", "plain"):
            for identity in ("header", "initial response"):
                names_itself(edge, how, identity, user, PASSWORD, authority.root)
        for how in ("starttls", "directtls"):
            assert asyncio.run(log_in(edge, how, user, PASSWORD, authority.root)) == "session_start"
        assert asyncio.run(log_in(edge, "starttls", user, "wrong", authority.root)) \
            == "failed_all_auth"
        count = len([login for login in servers[home].logins() if login.startswith(user)])
        assert count == 8, servers[home].logins()
    for user, home in USERS.items():
        others = [server for name, server in servers.items() if name != home]
        assert not any(user in login for server in others for login in server.logins())


@pytest.mark.parametrize("node_how", ["starttls"])
def test_ejabberd(place, authority, node_how):
    server = Ejabberd(place, "im1", {DOMAIN: authority.certificate(DOMAIN)}, authority.root).start()
    server.fill({"alice@im.example": {}})
    edge = relaying(place, authority,
                    {"im1": f"127.0.0.1:{server.port}", "im2": "127.0.0.1:9"}, node_how)
    for how in ("starttls", "directtls"):
        for identity in ("header", "initial response"):
            names_itself(edge, how, identity, "alice@im.example", EJABBERD_PASSWORD, authority.root)
        assert asyncio.run(log_in(edge, how, "alice@im.example", EJABBERD_PASSWORD,
                                  authority.root)) == "session_start"


def offer(connection: Connection) -> tuple[set, set]:
    """Mechanisms and channel bindings of the features that come."""
    connection.send(header(DOMAIN))
    heard = connection.read_until(b"</stream:features>").decode()
    connection.socket.close()
    return (set(re.findall(r"<mechanism>([^<]*)<", heard)),
            set(re.findall(r"<channel-binding [^>]*type=['\"]([^'\"]*)", heard)))


def test_the_offer_is_prosodys_own_and_follows_it(place, authority):
    server = prosodies(place, authority, "starttls")["im1"]
    addresses = {"im1": f"127.0.0.1:{server.port}"}
    place.file("redirect.partitions", "im1\n")
    edge = relaying(place, authority, {"im1": addresses["im1"], "im2": addresses["im1"]}, "starttls")

    def at_node():
        connection = Connection(server.port)
        connection.starttls(DOMAIN, authority.root)
        return offer(connection)

    def at_edge():
        return offer(open_stream(edge, "starttls", authority.root))

    before = at_node()
    assert "PLAIN" in before[0]
    until(lambda: at_edge() == before, 10, lambda: f"{before}, not {at_edge()}")
    with open(server._configuration) as file:
        text = file.read()
    place.file("im1/prosody.cfg.lua", 'disable_sasl_mechanisms = { "PLAIN" }\n' + text)
    server.process.stop()
    server.start()
    after = at_node()
    assert "PLAIN" not in after[0]
    until(lambda: at_edge() == after, 20, lambda: f"{after}, not {at_edge()}")
