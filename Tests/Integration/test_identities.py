"""Mechanisms other than SCRAM and PLAIN through a relaying edge to real servers: each names its user, who gets to his node
and, where the mechanism allows it, in."""

import hashlib
import hmac
import re
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from lab import until

from logins import SASL2
from offering import (ALICE, BOB, ejabberd, modules, prosody)
from small import DOMAIN

# MARK: SASL2 and tokens

NEWER = modules("sasl2", "sasl2_bind2", "sasl2_fast", "newer_sasl") + \
    'storage = { fast_tokens = "internal" }\n'
BIND2 = "<bind xmlns='urn:xmpp:bind:0'><tag>test</tag></bind>"
FAST = "urn:xmpp:fast:0"
REQUEST = f"<request-token xmlns='{FAST}' mechanism='HT-SHA-256-NONE'/>"


def two_prosodies(place, authority, settings: str):
    """Alice is at home on the first, bob on the second."""
    return prosody(place, authority, "starttls", {"im1": settings, "im2": settings})


@pytest.mark.parametrize("named", [False, True], ids=["by the login", "by the header"])
def test_sasl2(place, authority, named):
    scene = two_prosodies(place, authority, NEWER)
    for user, home in ((ALICE, "im1"), (BOB, "im2")):
        local = user.split("@")[0]
        sender = user if named else None
        with scene.enter(sender=sender) as client:
            assert client.offer.sasl2 == {"SCRAM-SHA-1", "PLAIN"}
            assert client.scram("SCRAM-SHA-1", local, scene.password, profile=SASL2) == "in"
        with scene.enter(sender=sender) as client:
            message = f"\0{local}\0{scene.password}".encode()
            assert client.simple("PLAIN", message, local, SASL2) == "in"
        with scene.enter(sender=sender) as client:
            answer, _ = client.begin("PLAIN", message, SASL2, BIND2)
            # No new stream, and no `<iq/>` for the resource.
            assert answer == "success" and "<bound xmlns='urn:xmpp:bind:0'" in client.heard
            assert f"<authorization-identifier>{user}/test~" in client.heard
        logins = scene.nodes[home].logins()
        assert len([login for login in logins if login.startswith(user)]) == 3, logins


def test_a_hashed_token(place, authority):
    """XEP-0484: the token of one login is the next one's password. The server offers that only to those whom the header
    names, as the specification wants it."""
    scene = two_prosodies(place, authority, NEWER)
    with scene.enter(sender=BOB) as client:
        assert f"<fast xmlns='{FAST}'" in client.features.decode()
        answer, _ = client.begin("PLAIN", f"\0bob\0{scene.password}".encode(), SASL2, REQUEST)
        assert answer == "success"
        token = re.search(r"<token [^>]*token='([^']*)'", client.heard)[1]

    def message(key: str) -> bytes:
        return b"bob\0" + hmac.new(key.encode(), b"Initiator", hashlib.sha256).digest()

    inside = f"<fast xmlns='{FAST}'/>"
    with scene.enter(sender=BOB) as client:
        assert client.simple("HT-SHA-256-NONE", message(token), "bob", SASL2, inside) == "in"
    with scene.enter(sender=BOB) as client:
        assert client.simple("HT-SHA-256-NONE", message("another"), "bob", SASL2, inside) \
            == "not-authorized"
    # Without a header that names him he is known by the token's name: it is his node that refuses.
    before = len(scene.nodes["im2"].log)
    with scene.enter() as client:
        assert FAST not in client.features.decode()
        assert client.begin("HT-SHA-256-NONE", message(token), SASL2, inside)[0] == "malformed-request"
    assert "Client asked to auth via FAST" in scene.nodes["im2"].log[before:]
    assert "Client asked to auth via FAST" not in scene.nodes["im1"].log


# MARK: Before SASL


def test_jabber_iq_auth(place, authority):
    """The client says who it is when it asks what is wanted, so it is its node that answers."""
    scene = two_prosodies(place, authority, modules("legacyauth"))

    def iq(kind: str, fields: str) -> str:
        return (f"<iq type='{kind}' id='a'><query xmlns='jabber:iq:auth'><username>bob</username>"
                f"{fields}</query></iq>")

    for sender in (None, BOB):
        with scene.enter(sender=sender) as client:
            client.connection.send(iq("get", ""))
            fields = client.connection.read_until(b"</iq>").decode()
            assert "type='result'" in fields and "<password/>" in fields
            client.connection.send(
                iq("set", f"<password>{scene.password}</password><resource>r</resource>"))
            assert b"type='result'" in client.connection.read_until(b"/>")
        # Nobody has this digest: it is over the id of a stream.
        with scene.enter(sender=sender) as client:
            client.connection.send(iq("set", f"<digest>{'0' * 40}</digest><resource>r</resource>"))
            assert b"<password/>" in client.connection.read_until(b"</iq>")
    assert scene.nodes["im2"].logins() == [f"{BOB}"] * 2 and not scene.nodes["im1"].logins()


# MARK: OAuth


class TokenServer:
    """Knows one token, by https; `asked`: what it was asked about."""

    def __init__(self, place, certificate, token: str):
        self.asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(handler):  # noqa: N802
                asked = handler.path.rsplit("/", 1)[1]
                self.asked.append(asked)
                handler.send_response(200 if asked == token else 404)
                handler.send_header("Content-Length", "0")
                handler.end_headers()

            def log_message(handler, *_):
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.chain, certificate.key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        place.on_leaving(self._server.shutdown)


def test_oauthbearer(place, authority):
    server = TokenServer(place, authority.certificate(DOMAIN, "tokens"), "rightly-mine")
    settings = modules("sasl_oauthbearer") + f"""
authentication = "oauthbearer"
oauth_client_id = "edge"
oauth_client_secret = "of no use here"
oauth_url = "https://127.0.0.1:{server.port}/tokens/{{{{password}}}}"
"""
    scene = two_prosodies(place, authority, settings)
    for user, home in ((ALICE, "im1"), (BOB, "im2")):
        local = user.split("@")[0]
        for sender in (None, user):
            for token, outcome in (("rightly-mine", "in"), ("stolen", "not-authorized")):
                message = f"n,a={user},\x01auth=Bearer {token}\x01\x01".encode()
                with scene.enter(sender=sender) as client:
                    assert client.offer.mechanisms == {"OAUTHBEARER"}
                    assert client.simple("OAUTHBEARER", message, local) == outcome
        assert [login.split("/")[0] for login in scene.nodes[home].logins()] == [user] * 2
    assert server.asked == ["rightly-mine", "stolen"] * 4
    # A token alone names nobody.
    with scene.enter() as client:
        assert client.begin("OAUTHBEARER", b"n,,\x01auth=Bearer rightly-mine\x01\x01")[0] \
            == "not-authorized"
    assert len(server.asked) == 8


def test_ejabberds_tokens(place, authority):
    """X-OAUTH2: PLAIN's form, with a token for a password."""
    scene = ejabberd(place, authority, "starttls", options="oauth_access: all\n")
    told = scene.nodes["im1"].tell(
        f'{{ok, Token}} = ejabberd_oauth:oauth_issue_token("{ALICE}", 3600, "sasl_auth"), Token.')
    token = re.search(r"[A-Za-z0-9]{20,}", told)
    assert token, told
    for at in ("im1", "edge"):
        for sender in (None, ALICE):
            for key, outcome in ((token[0], "in"), ("another", "not-authorized")):
                with scene.enter(at, sender=sender) as client:
                    assert "X-OAUTH2" in client.offer.mechanisms
                    assert client.simple("X-OAUTH2", f"\0alice\0{key}".encode(), "alice") == outcome


# MARK: Certificates


def test_external(place, authority):
    """The node does not see the certificate of a client that is relayed, and the edge asks for none: whoever has nothing
    else is refused, by the node if it is named, by the edge if not, and everybody may go on with another mechanism."""
    scene = ejabberd(place, authority, "starttls", "    tls_verify: true\n    cafile: \"{root}\"\n")
    own = authority.certificate_of_user(ALICE)
    for message in (b"", ALICE.encode()):
        with scene.enter("im1", own=own) as client:
            assert "EXTERNAL" in client.offer.mechanisms
            assert client.simple("EXTERNAL", message, "alice") == "in"

    def log() -> str:
        return scene.nodes["im1"].process.log

    assert "EXTERNAL" in scene.enter().offer.mechanisms
    for message, sender, reaches in (
            (b"", None, False), (ALICE.encode(), None, True), (b"", ALICE, True),
            (ALICE.encode(), ALICE, True)):
        before = len(log())
        with scene.enter(sender=sender, own=own) as client:
            assert client.begin("EXTERNAL", message)[0] == "not-authorized"
            if reaches:
                until(lambda: "Failed c2s EXTERNAL" in log()[before:], 5, lambda: log()[before:])
            assert client.scram("SCRAM-SHA-1", "alice", scene.password) == "in"
        assert ("Failed c2s EXTERNAL" in log()[before:]) == reaches
