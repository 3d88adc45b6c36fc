"""One node of a real server, an edge that relays to it, and clients of both: what is offered, and who gets in."""

import os
import ssl
from dataclasses import dataclass

from lab import Place
from lab.certificates import Authority, Certificate
from lab.ejabberd import BEGINNING, Ejabberd
from lab.ejabberd import PASSWORD as EJABBERD_PASSWORD
from lab.programs import Edge
from lab.prosody import several

from logins import Login
from small import DOMAIN, compile_map

ALICE, BOB = f"alice@{DOMAIN}", f"bob@{DOMAIN}"
PASSWORD = "a secret of two people"

TLS_1_2, TLS_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3

# A Prosody on a trusted network that takes logins without TLS.
IN_THE_CLEAR = "c2s_require_encryption = false\n"
WITH_PLAIN = "allow_unencrypted_plain_auth = true\n"
NO_NEWER_THAN_1_2 = 'ssl = { protocol = "tlsv1_2" }\n'

_MODULES = ("roster", "saslauth", "tls", "disco", "ping", "posix", "presence", "message", "iq", "c2s")

_EJABBERD = BEGINNING + """\
LISTENER
auth_method: internal
modules:
  mod_roster: {{}}
  mod_admin_extra: {{}}
OPTIONS
"""
_HASHED = "auth_password_format: scram\nauth_scram_hash: sha\n"


def modules(*more: str) -> str:
    """Settings of a Prosody with these modules besides; `newer_sasl` is in this folder, others are Debian's."""
    names = ", ".join(f'"{name}"' for name in (*_MODULES, *more))
    folder = os.path.join(os.path.dirname(os.path.realpath(__file__)), "prosody")
    return f'plugin_paths = {{ "{folder}" }}\nmodules_enabled = {{ {names} }}\n'


def edge_before(place: Place, addresses: dict[str, str], how: str, certificate: Certificate,
                root: str, listeners: dict[str, str] | None = None, **changes) -> Edge:
    """An edge that relays alice to node im1, bob to im2, and knows what the nodes offer. `listeners`: more than the usual."""
    compile_map(place, "redirect", {ALICE: 1, BOB: 2})
    partitions = "im1, im2\nim2, im1\n" if len(addresses) > 1 else "im1\nim1\n"
    keys = {
        "domains": DOMAIN, "redirect.provider": "db", "redirect.mode": "relay",
        "redirect.to": ", ".join(addresses),
        "redirect.db.users": place.file("redirect.mdb"),
        "redirect.db.partitions": place.file("redirect.partitions", partitions),
        "redirect.trust": root, "redirect.pollfrequency": "200ms",
        "redirect.probe.full": "1s", "redirect.probe.timeout": "5s",
        "tls.certificate": certificate.chain, "tls.key": certificate.key}
    for name, address in addresses.items():
        keys[f"redirect.to.{name}.host"] = address
        keys[f"redirect.to.{name}.tls"] = how
    keys |= {key.replace("__", "."): value for key, value in changes.items()}
    edge = Edge(place, "edge", keys, {"plain": "plain", "starttls": "starttls",
                                      "directtls": "directtls", **(listeners or {})})
    edge.start()
    edge.logged("offering", seconds=20)
    return edge


@dataclass
class Scene:
    """`nodes`: the servers by name; `how`: the edge's way to them, and the way of clients that go there directly."""

    edge: Edge
    nodes: dict
    how: str
    root: str
    password: str

    def enter(self, at: str = "edge", how: str = "starttls", **more) -> Login:
        """A stream at the edge, by `how`, or at a node, by the edge's way."""
        if at == "edge":
            return Login(self.edge.ports[how], DOMAIN, how, self.root, **more)
        node = self.nodes[at]
        port = node.tls_port if self.how == "directtls" else node.port
        return Login(port, DOMAIN, self.how, self.root, **more)

    def scram(self, mechanism: str, binding: str = "n", at: str = "edge", user: str = "alice",
              how: str = "starttls", verifies: bool = False, **more) -> str:
        with self.enter(at, how, **more) as client:
            return client.scram(mechanism, user, self.password, binding, verifies)

    def plain(self, at: str = "edge", user: str = "alice", how: str = "starttls", **more) -> str:
        with self.enter(at, how, **more) as client:
            return client.simple("PLAIN", f"\0{user}\0{self.password}".encode(), user)


def prosody(place: Place, authority: Authority, how: str = "starttls", settings: str | dict = "",
            certificates: str | Certificate = "same", **changes) -> Scene:
    """One Prosody, or with a dict of settings several by these names. `certificates`: the edge has the nodes' (`same`), a
    `different` one, or this one."""
    certificate = authority.certificate(DOMAIN)
    of_edge = {"same": lambda: certificate,
               "different": lambda: authority.certificate(DOMAIN, "of-the-edge")}
    edges = certificates if isinstance(certificates, Certificate) else of_edge[certificates]()
    each = settings if isinstance(settings, dict) else {"im1": settings}
    # Accounts of another kind are the test's to make.
    users = [] if "authentication =" in next(iter(each.values())) else [ALICE, BOB]
    servers = several(place, each, {DOMAIN: certificate}, users, PASSWORD)
    addresses = {name: f"127.0.0.1:{server.tls_port if how == 'directtls' else server.port}"
                 for name, server in servers.items()}
    edge = edge_before(place, addresses, how, edges, authority.root, **changes)
    return Scene(edge, servers, how, authority.root, PASSWORD)


def ejabberd(place: Place, authority: Authority, how: str = "starttls", listener: str = "",
             options: str = "", passwords: str = _HASHED, **changes) -> Scene:
    """One ejabberd; `listener`, `options`, `passwords`: lines of its configuration."""
    certificate = authority.certificate(DOMAIN)
    lines = {"starttls": "    starttls: true\n    starttls_required: true\n",
             "directtls": "    tls: true\n", "plain": ""}[how] + listener
    text = _EJABBERD.replace("LISTENER\n", lines).replace("OPTIONS\n", options + passwords)
    server = Ejabberd(place, "im1", {DOMAIN: certificate}, authority.root, text).start()
    server.fill({ALICE: {}, BOB: {}})
    # There is one port, whatever it speaks.
    server.tls_port = server.port
    edge = edge_before(place, {"im1": f"127.0.0.1:{server.port}"}, how, certificate, authority.root,
                       **changes)
    return Scene(edge, {"im1": server}, how, authority.root, EJABBERD_PASSWORD)
