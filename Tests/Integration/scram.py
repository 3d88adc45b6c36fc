"""SCRAM, the client's side (RFC 5802, RFC 7677), without channel binding, and a login with it over messages of text."""

import base64
import hashlib
import hmac
import os
import re
import xml.etree.ElementTree as ElementTree

from framing import FRAMING, element, opening

SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
BIND = "urn:ietf:params:xml:ns:xmpp-bind"
HASHES = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-1": "sha1"}


class Scram:
    def __init__(self, mechanism: str, user: str, password: str):
        self._hash = HASHES[mechanism]
        self._password = password.encode()
        self._bare = f"n={user.split('@')[0]},r={base64.b64encode(os.urandom(18)).decode()}"

    @property
    def first(self) -> str:
        return f"n,,{self._bare}"

    def answer(self, challenge: str) -> str:
        fields = dict(field.split("=", 1) for field in challenge.split(","))
        salted = hashlib.pbkdf2_hmac(
            self._hash, self._password, base64.b64decode(fields["s"]), int(fields["i"]))
        final = f"c={base64.b64encode(b'n,,').decode()},r={fields['r']}"
        signed = f"{self._bare},{challenge},{final}"
        key = self._hmac(salted, "Client Key")
        signature = self._hmac(hashlib.new(self._hash, key).digest(), signed)
        proof = bytes(a ^ b for a, b in zip(key, signature))
        self._expected = self._hmac(self._hmac(salted, "Server Key"), signed)
        return f"{final},p={base64.b64encode(proof).decode()}"

    def check(self, success: str):
        """The server proves that it knows the password, too."""
        assert base64.b64decode(success.removeprefix("v=")) == self._expected, success

    def _hmac(self, key: bytes, text: str) -> bytes:
        return hmac.new(key, text.encode(), self._hash).digest()


def log_in(client, user: str, password: str, sender: str | None = None,
           mechanisms=tuple(HASHES), pipelined: bool = False) -> str:
    """Logs in by WebSocket: the first of `mechanisms` that is offered, or `PLAIN`. `sender`: the
    `from` of each `<open/>`. `pipelined`: begins before it has heard anything. The JID that is bound."""
    local, domain = user.split("@")
    client.send(opening(domain, sender))
    if pipelined:
        chosen = mechanisms[0]
    else:
        offered = _features(client, domain)
        chosen = next(mechanism for mechanism in mechanisms if mechanism in offered)
    scram = None if chosen == "PLAIN" else Scram(chosen, user, password)
    first = scram.first if scram else f"\0{local}\0{password}"
    client.send(f"<auth xmlns='{SASL}' mechanism='{chosen}'>{_encode(first)}</auth>")
    if pipelined:
        _features(client, domain)
    if scram:
        challenge = element(client.recv())
        assert challenge.tag == f"{{{SASL}}}challenge", ElementTree.tostring(challenge)
        client.send(f"<response xmlns='{SASL}'>{_encode(scram.answer(_decode(challenge)))}</response>")
    success = element(client.recv())
    if success.tag != f"{{{SASL}}}success":
        raise PermissionError(ElementTree.tostring(success).decode())
    if scram:
        scram.check(_decode(success))
    client.send(opening(domain, sender))
    _features(client, domain)
    client.send(f"<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='{BIND}'/></iq>")
    return element(client.recv()).find(f".//{{{BIND}}}jid").text


def _features(client, domain: str) -> list[str]:
    """Hears `<open/>` and the features; the mechanisms in them."""
    opened = element(client.recv())
    assert opened.tag == f"{{{FRAMING}}}open" and opened.get("version") == "1.0", \
        ElementTree.tostring(opened)
    assert opened.get("from") == domain and opened.get("id"), ElementTree.tostring(opened)
    message = client.recv()
    assert element(message).tag == "{http://etherx.jabber.org/streams}features", message
    return re.findall(r"<mechanism\b[^>]*>([^<]*)</mechanism>", message)


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _decode(top: ElementTree.Element) -> str:
    return base64.b64decode(top.text).decode()
