"""A password that passes is nowhere in the edge's memory afterwards, whatever way it came and whatever became of it."""

import base64
import secrets
import time

import pytest
from lab import free_port, until
from lab.client import STREAM_END, Connection, header

import fakenode
from fakenode import HEADER, FakeNode, features
from logins import AGENT, BIND, SASL, SASL2
from offering import DOMAIN, IN_THE_CLEAR, WITH_PLAIN, modules, prosody
from relaying import ALICE, enter, relaying_edge

LISTENERS = {"plain": "plain", "starttls": "starttls", "directtls": "directtls"}


def in_memory(pid: int, wanted: list[bytes]) -> list[str]:
    """Where any of the wanted words stands in what a process may write, with its surroundings."""
    found = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            if "rw" not in rights:
                continue
            start, end = (int(word, 16) for word in span.split("-"))
            try:
                memory.seek(start)
                content = memory.read(end - start)
            except (OSError, ValueError, OverflowError):
                continue
            assert len(content) == end - start
            for words in wanted:
                next = content.find(words)
                while next >= 0:
                    around = content[max(0, next - 100):next + len(words) + 60]
                    found.append(f"{start + next:x} in {line.strip()}: {around}")
                    next = content.find(words, next + 1)
    return found


class Secret:
    """A password that stands nowhere else, and all forms that it may be found in."""

    def __init__(self):
        self.password = f"correct horse {secrets.token_hex(12)}"
        self.message = f"\0alice\0{self.password}".encode()
        self.text = base64.b64encode(self.message).decode()
        # In base64 a text looks different at each of three places; what does not depend on its neighbours.
        plain = self.password.encode()
        self._forms = [plain] + [
            base64.b64encode(b"\0" * place + plain)[4 * place // 3 + 2:-4] for place in range(3)]

    def places(self, edge) -> list[str]:
        return in_memory(edge.process.pid, self._forms)

    def is_gone(self, edge):
        """It may be on its way for a moment yet."""
        until(lambda: not self.places(edge), 5, lambda: "\n".join(["no copy:", *self.places(edge)]))


def auth(secret: Secret, profile: str) -> str:
    if profile == SASL:
        return f"<auth xmlns='{SASL}' mechanism='PLAIN'>{secret.text}</auth>"
    return (f"<authenticate xmlns='{SASL2}' mechanism='PLAIN'>"
            f"<initial-response>{secret.text}</initial-response>{AGENT}</authenticate>")


def sasl_response(secret: Secret) -> str:
    return f"<response xmlns='{SASL}'>{secret.text}</response>"


# MARK: Real servers


@pytest.mark.parametrize("how", ["plain", "starttls", "directtls"])
@pytest.mark.parametrize("node_how", ["plain", "starttls"])
def test_a_password_is_gone_when_its_user_is_in(place, authority, how, node_how):
    """At once, after some traffic, and when the client has left; also with bytes behind the login, one byte at a time, and
    of a user whom the header has named, whose password passes when nobody reads any more."""
    secret = Secret()
    settings = modules("sasl2", "newer_sasl") + 'authentication = "internal_plain"\n'
    if node_how == "plain":
        settings += IN_THE_CLEAR + WITH_PLAIN
    scene = prosody(place, authority, node_how, settings, workers="1")
    scene.nodes["im1"].register([ALICE], secret.password)
    edge = scene.edge

    def logs_in(profile: str, sender: str | None, send):
        with enter(edge, sender, how, authority.root) as client:
            # With SASL2 there is no new stream, so what comes next may be said at once. White space that comes by itself
            # may reach a server after it has taken the login, as the beginning of a new stream that is none.
            behind = BIND if profile == SASL2 else "\n" if send == whole else ""
            send(client, auth(secret, profile) + behind)
            client.read_until(b"<success")
            secret.is_gone(edge)
            if profile == SASL:
                client.read_until(b">")
                client.send(header(DOMAIN, sender) + BIND.encode())
            client.read_until(b"</stream:features>")
            assert f"<jid>{ALICE}/".encode() in client.read_until(b"</iq>")
            for number in range(20):
                client.send(f"<iq type='get' id='p{number}' to='{DOMAIN}'><ping xmlns='urn:xmpp:ping'/></iq>")
                client.read_until(f"p{number}".encode())
            secret.is_gone(edge)
            client.send(STREAM_END)
            client.read_to_end()
        secret.is_gone(edge)

    for profile in (SASL, SASL2):
        for send in (whole, pieces):
            logs_in(profile, None, send)
        # Single bytes would pass as they are, and Prosody 0.12 loses one in some ten thousand of those, without an edge too.
        logs_in(profile, ALICE, whole)


FRAMING = "urn:ietf:params:xml:ns:xmpp-framing"


class WebSocket:
    """A client of RFC 7395, no more than is needed here."""

    def __init__(self, connection: Connection):
        self._connection = connection
        connection.send("GET /xmpp-websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Protocol: xmpp\r\n"
                        f"Sec-WebSocket-Key: {base64.b64encode(secrets.token_bytes(16)).decode()}\r\n\r\n")
        connection.read_until(b"\r\n\r\n")

    def send(self, text: str, slowly: bool = False):
        data, mask = text.encode(), secrets.token_bytes(4)
        length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
        frame = b"\x81" + length + mask + masked
        for piece in (frame[i:i + 1] for i in range(len(frame))) if slowly else (frame,):
            self._connection.send(piece)

    def read_until(self, *marks: bytes) -> bytes:
        """Over the heads of frames, which no mark is like."""
        return self._connection.read_until(*marks)


@pytest.mark.parametrize("how", ["web-plain", "web"])
def test_a_password_that_comes_by_websocket(place, authority, how):
    secret = Secret()
    port = free_port()
    settings = modules("websocket") + IN_THE_CLEAR + WITH_PLAIN + f"""
authentication = "internal_plain"
modules_disabled = {{ "s2s", "offline", "admin_shell" }}
http_ports = {{ {port} }}
http_default_host = "{DOMAIN}"
consider_websocket_secure = true
"""
    scene = prosody(place, authority, "plain", settings, workers="1",
                    listeners={"web": "websocket", "web-plain": "websocket"},
                    **{"listener.web-plain.usessl": "false",
                       "redirect.to.im1.websocket": f"wss://{DOMAIN}:443/xmpp-websocket",
                       "redirect.to.im1.internalwebsocket": f"ws://127.0.0.1:{port}/xmpp-websocket"})
    scene.nodes["im1"].register([ALICE], secret.password)
    for sender in ("", f" from='{ALICE}'"):
        for slowly in (False, True):
            opening = f"<open xmlns='{FRAMING}' to='{DOMAIN}'{sender} version='1.0'/>"
            with Connection(scene.edge.ports[how]) as connection:
                if how == "web":
                    connection.secure(authority.root, DOMAIN)
                client = WebSocket(connection)
                client.send(opening)
                assert b"PLAIN" in client.read_until(b"features>")
                client.send(auth(secret, SASL), slowly)
                client.read_until(b"<success")
                secret.is_gone(scene.edge)
                client.send(opening)
                client.read_until(b"features>")
                client.send(BIND.replace("<iq", "<iq xmlns='jabber:client'"))
                assert f"{ALICE}/".encode() in client.read_until(b"</iq>")
                secret.is_gone(scene.edge)
            secret.is_gone(scene.edge)
    assert len(scene.nodes["im1"].logins()) == 4


def whole(client: Connection, text: str):
    client.send(text)


def pieces(client: Connection, text: str):
    for letter in text:
        client.send(letter)


def test_a_wrong_password_is_gone_too(place, authority):
    secret = Secret()
    scene = prosody(place, authority, "starttls", modules("sasl2", "newer_sasl"), workers="1")
    for profile in (SASL, SASL2):
        for sender in (None, ALICE):
            with enter(scene.edge, sender, "starttls", authority.root) as client:
                # Debian's mod_sasl2 takes no second attempt on one stream.
                for _ in range(2 if profile == SASL else 1):
                    client.send(auth(secret, profile))
                    assert b"not-authorized" in client.read_until(b"</failure>")
                    secret.is_gone(scene.edge)
            secret.is_gone(scene.edge)


# MARK: Nodes that fail


def logs_in(secret: Secret, login: str):
    """What the client says; the second text is its answer to a challenge of the edge."""
    if login == "response":
        return f"<auth xmlns='{SASL}' mechanism='PLAIN'/>", sasl_response(secret)
    if login == "jabber:iq:auth":
        return ("<iq type='set' id='a'><query xmlns='jabber:iq:auth'><username>alice</username>"
                f"<password>{secret.password}</password><resource>r</resource></query></iq>"), None
    behind = "<presence/>" * 50 if login == "with bytes behind it" else ""
    return auth(secret, SASL2 if login == "sasl2" else SASL) + behind, None


LOGINS = ("sasl", "sasl2", "response", "with bytes behind it", "jabber:iq:auth")


@pytest.mark.parametrize("ends", ["it takes the login", "it closes", "it refuses", "it says nothing",
                                  "the client goes"])
@pytest.mark.parametrize("how", ["plain", "starttls"])
def test_a_password_stays_no_longer_than_needed(place, authority, how, ends):
    # Of the login that is being played.
    login, secret, go_on, taken = "", Secret(), [], []

    def behave(talk):
        until(lambda: go_on, 10, "the word")
        if ends == "it closes":
            return
        if ends in ("it says nothing", "the client goes"):
            return fakenode.hung(talk)
        talk.hear_header()
        if ends == "it refuses":
            return talk.say(HEADER + fakenode.HOST_UNKNOWN + STREAM_END)
        if how == "starttls":
            talk.say(HEADER + features(fakenode.STARTTLS))
            talk.hear(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            talk.say(fakenode.PROCEED)
            talk.secure()
            talk.hear_header()
        talk.say(HEADER + features(fakenode.MECHANISMS))
        if login == "response":
            talk.hear(b"mechanism='PLAIN'/>")
            talk.say(f"<challenge xmlns='{SASL}'/>".encode())
        # It reads on, so it has got what the edge had.
        taken.append(talk.hear((secret.password if "iq" in login else secret.text).encode()))
        fakenode.hung(talk)

    certificate = authority.certificate(DOMAIN) if how == "starttls" else None
    node = FakeNode(place, "im1", certificate, behave=behave).start()
    edge = relaying_edge(place, [node], LISTENERS, authority, redirect__relay__timeout="1500ms",
                         workers="1").start()
    for login in LOGINS:
        secret = Secret()
        go_on.clear()
        taken.clear()
        visits = len(node.visits)
        first, second = logs_in(secret, login)
        with enter(edge, None, how, authority.root) as client:
            client.send(first)
            if second:
                client.read_until(b"<challenge")
                client.send(second)
            until(lambda: len(node.visits) > visits, 5, "the edge to come")
            # While the node is awaited it must be somewhere: the search finds it.
            assert secret.places(edge), login
            go_on.append(True)
            if ends == "the client goes":
                client.socket.close()
            secret.is_gone(edge)
            if ends == "it takes the login":
                until(lambda: taken, 5, "the node to have it")
                secret.is_gone(edge)
            elif ends != "the client goes":
                assert client.read_to_end().condition == "remote-connection-failed", login
        secret.is_gone(edge)


def test_a_password_for_an_edge_that_does_not_relay(place, authority):
    """Nobody asks for it, but some send it."""
    secret = Secret()
    node = FakeNode(place, "im1")
    edge = relaying_edge(place, [node], LISTENERS, authority, redirect__mode="redirect",
                         redirect__to__im1__directtls=node.address, workers="1").start()
    for how in LISTENERS:
        with enter(edge, None, how, authority.root) as client:
            pieces(client, auth(secret, SASL)[:-5])
            client.send(auth(secret, SASL)[-5:])
            assert client.read_to_end().target == node.address
            secret.is_gone(edge)


def test_a_login_that_never_ends(place, authority):
    """Half a password is held while its other half is awaited, and no longer."""
    secret = Secret()
    node = FakeNode(place, "im1", behave=fakenode.hung).start()
    edge = relaying_edge(place, [node], LISTENERS, authority, workers="1").start()
    for how in LISTENERS:
        with enter(edge, None, how, authority.root) as client:
            client.send(auth(secret, SASL).split("</")[0])
            until(lambda: secret.places(edge), 2, "it to be held")
            client.socket.close()
            secret.is_gone(edge)
    begin = time.monotonic()
    with enter(edge, None, "starttls", authority.root) as client:
        client.send(auth(secret, SASL).split("</")[0])
        client.read_to_end()
        assert time.monotonic() - begin > 1
        secret.is_gone(edge)
