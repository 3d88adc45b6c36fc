"""Clients that log in by one SASL mechanism, word for word, and say what became of it.

`log_in` returns "in", or the condition of the failure, or "aborts" where it is the client that leaves.
"""

import base64
import ctypes
import hashlib
import hmac
import os
import re
import ssl
from dataclasses import dataclass

from lab.client import Connection, header

SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
SASL2 = "urn:xmpp:sasl:2"
BIND = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
# One installation of one client (XEP-0388).
AGENT = "<user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'/>"

_FEATURES_END = b"</stream:features>"


@dataclass(frozen=True)
class Offer:
    """What a stream's features say. `bindings`: types of channel binding (XEP-0440), None if nothing is told."""

    mechanisms: frozenset
    sasl2: frozenset
    bindings: frozenset | None

    @staticmethod
    def read(features: bytes) -> "Offer":
        text = features.decode()

        def mechanisms(element, namespace):
            found = re.search(rf"<{element} xmlns=['\"]{namespace}['\"]>(.*?)</{element}>", text, re.S)
            # FAST (XEP-0484) has its own list inside.
            listed = re.sub(r"<inline.*</inline>", "", found[1], flags=re.S) if found else ""
            return frozenset(re.findall(r"<mechanism>([^<]*)<", listed))

        bindings = re.findall(r"<channel-binding [^>]*type=['\"]([^'\"]*)", text)
        return Offer(mechanisms("mechanisms", SASL), mechanisms("authentication", SASL2),
                     frozenset(bindings) if "sasl-channel-binding" in text else None)

    def digest(self, hash_name: str, of: str = SASL) -> str:
        """XEP-0474, 0.5.0: what a server says that it has offered."""
        text = "\x1e".join(sorted(self.mechanisms if of == SASL else self.sasl2))
        if self.bindings is not None:
            text += "\x1f" + "\x1e".join(sorted(self.bindings))
        return base64.b64encode(hashlib.new(hash_name, text.encode()).digest()).decode()


class Login:
    """One stream of a raw client, opened in TLS or without it. `sender`: `from` in its header; `more` as for
    `Connection.secure`."""

    def __init__(self, port: int, domain: str, how: str, root: str, sender: str | None = None,
                 **more):
        self.domain, self.sender = domain, sender
        self.connection = Connection(port)
        if how == "starttls":
            self.connection.starttls(domain, root, **more)
        elif how == "directtls":
            self.connection.secure(root, domain, ["xmpp-client"], **more)
        self.connection.send(header(domain, sender))
        self.features = self.connection.read_until(_FEATURES_END)
        self.offer = Offer.read(self.features)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.socket.close()

    # MARK: Mechanisms

    def scram(self, mechanism: str, local: str, password: str, binding: str = "n",
              verifies: bool = False, profile: str = SASL) -> str:
        """RFC 5802. `binding`: `n`, `y`, or a type of channel binding. `verifies`: the client does what XEP-0474 and
        XEP-0515 ask for, and wants the first."""
        hash_name = {"1": "sha1", "256": "sha256"}[mechanism.removeprefix("SCRAM-SHA-").split("-")[0]]
        gs2 = (binding if binding in ("n", "y") else f"p={binding}") + ",,"
        data = b"" if binding in ("n", "y") else self.binding(binding)
        bare = f"n={local},r={base64.b64encode(os.urandom(18)).decode()}"
        answer, told = self.begin(mechanism, f"{gs2}{bare}".encode(), profile)
        if answer != "challenge":
            return answer
        first = told.decode()
        attributes = dict(part.split("=", 1) for part in first.split(","))
        if verifies and not self._is_honest(attributes, hash_name, profile):
            return "aborts"
        salted = hashlib.pbkdf2_hmac(hash_name, password.encode(), base64.b64decode(attributes["s"]),
                                     int(attributes["i"]))

        def sign(key: bytes, text: str) -> bytes:
            return hmac.new(key, text.encode(), hash_name).digest()

        final = f"c={base64.b64encode(gs2.encode() + data).decode()},r={attributes['r']}"
        signed = f"{bare},{first},{final}"
        key = sign(salted, "Client Key")
        signature = sign(hashlib.new(hash_name, key).digest(), signed)
        proof = bytes(a ^ b for a, b in zip(key, signature))
        answer, told = self.respond(f"{final},p={base64.b64encode(proof).decode()}".encode(), profile)
        if answer != "success":
            return answer
        expected = base64.b64encode(sign(sign(salted, "Server Key"), signed)).decode()
        assert told.decode() == f"v={expected}", told
        return self.enter(local, profile)

    def _is_honest(self, attributes: dict, hash_name: str, profile: str) -> bool:
        if attributes["h"] != self.offer.digest(hash_name, profile):
            return False
        versions = {"TLSv1.2": "0303", "TLSv1.3": "0304"}
        return "t" not in attributes or attributes["t"] == versions[self.connection.socket.version()]

    def simple(self, mechanism: str, message: bytes | None, local: str, profile: str = SASL,
               inside: str = "") -> str:
        """A mechanism of one message; None: there is none. `inside`: more children of `<authenticate/>`."""
        answer, _ = self.begin(mechanism, message, profile, inside)
        return self.enter(local, profile) if answer == "success" else answer

    def binding(self, kind: str) -> bytes:
        """Channel-binding data of this client's own TLS connection."""
        sock = self.connection.socket
        if kind == "tls-server-end-point":
            # RFC 5929 section 4.1; our certificates are signed with SHA-256.
            return hashlib.sha256(sock.getpeercert(binary_form=True)).digest()
        if kind == "tls-exporter":
            return _exported(sock)
        return sock.get_channel_binding(kind)

    # MARK: Words

    def begin(self, mechanism: str, message: bytes | None, profile: str = SASL,
              inside: str = "") -> tuple[str, bytes]:
        """The first element of a login; the name of the answer, or of its condition, and what it holds."""
        text = None if message is None else base64.b64encode(message).decode()
        if profile == SASL:
            self.connection.send(
                f"<auth xmlns='{SASL}' mechanism='{mechanism}'>{'=' if text == '' else text or ''}</auth>")
        else:
            first = "" if text is None else f"<initial-response>{text}</initial-response>"
            self.connection.send(f"<authenticate xmlns='{SASL2}' mechanism='{mechanism}'>"
                                 f"{first}{AGENT}{inside}</authenticate>")
        return self._answer()

    def respond(self, message: bytes, profile: str = SASL) -> tuple[str, bytes]:
        text = base64.b64encode(message).decode()
        self.connection.send(f"<response xmlns='{profile}'>{text}</response>")
        return self._answer()

    def _answer(self) -> tuple[str, bytes]:
        heard = self.connection.read_until(b"</challenge>", b"</success>", b"</failure>",
                                           b"</stream:error>", b"sasl'/>", b'sasl"/>')
        self.heard = heard.decode()
        if "<success" in self.heard or "<challenge" in self.heard:
            name = "success" if "<success" in self.heard else "challenge"
            data = re.search(r"<additional-data>([^<]*)<", self.heard) \
                or re.search(rf"<{name}[^>]*>([^<]*)</{name}>", self.heard)
            return name, base64.b64decode(data[1]) if data and data[1] != "=" else b""
        return re.search(r"<(?:failure|stream:error)[^>]*>\s*<([a-z-]+)", self.heard)[1], b""

    def enter(self, local: str, profile: str = SASL) -> str:
        """Behind the login: a resource is bound, and it is this user's."""
        if profile == SASL:
            self.connection.received = b""
            self.connection.send(header(self.domain, self.sender))
        self.connection.read_until(_FEATURES_END)
        self.connection.send(BIND)
        bound = self.connection.read_until(b"</iq>").decode()
        assert f"<jid>{local}@{self.domain}/" in bound, bound
        return "in"


def _exported(sock: ssl.SSLSocket) -> bytes:
    """RFC 9266. Python does not show it, so OpenSSL itself is asked: the session stands behind the object's head and the
    socket in `struct PySSLSocket` (CPython's Modules/_ssl.c)."""
    library = ctypes.CDLL("libssl.so.3")
    place = id(sock._sslobj) + object.__basicsize__ + ctypes.sizeof(ctypes.c_void_p)
    session = ctypes.c_void_p.from_address(place)
    data, label = ctypes.create_string_buffer(32), b"EXPORTER-Channel-Binding"
    done = library.SSL_export_keying_material(
        session, data, ctypes.c_size_t(32), label, ctypes.c_size_t(len(label)), b"", ctypes.c_size_t(0), 1)
    assert done == 1
    return data.raw
