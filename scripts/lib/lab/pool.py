"""A pool of real servers: three clustered ejabberd nodes that host the same domains.

They share accounts, rosters, rooms and sessions; what users of different nodes say to each other
crosses the Erlang distribution, whose bytes `Wire` counts.
"""

import re

from .certificates import Authority, Certificate
from .ejabberd import BEGINNING, Ejabberd, Epmd
from .place import Place, until

NODES = ("im1", "im2", "im3")

# The modules that Debian configures, without those that need ports of their own. No shaper: its
# 3000 bytes a second would measure the shaper.
CONFIGURATION = BEGINNING + """\
    max_stanza_size: 262144
    starttls_required: true
  - port: {tls_port}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    max_stanza_size: 262144
    tls: true
  - port: {api_port}
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers:
      /api: mod_http_api
{web}api_permissions:
  "of this machine":
    who:
      ip: 127.0.0.1/8
    what: "*"
auth_method: internal
auth_password_format: scram
auth_scram_hash: sha256
modules:
  mod_adhoc: {{}}
  mod_admin_extra: {{}}
  mod_blocking: {{}}
  mod_bosh: {{}}
  mod_caps: {{}}
  mod_carboncopy: {{}}
  mod_client_state: {{}}
  mod_disco: {{}}
  mod_http_api: {{}}
  mod_last: {{}}
  mod_muc: {{}}
  mod_muc_admin: {{}}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_privacy: {{}}
  mod_private: {{}}
  mod_pubsub:
    plugins:
      - flat
      - pep
  mod_roster:
    versioning: true
  mod_shared_roster: {{}}
  mod_stream_mgmt: {{}}
  mod_vcard:
    search: false
  mod_vcard_xupdate: {{}}
  mod_version: {{}}
"""


# What was begun before is through by then, however busy the machine.
QUIET_SECONDS = 20.0


class Pool:
    """`nodes`: name -> server. Every node has every account."""

    def __init__(self, place: Place, authority: Authority, domains: list[str]):
        self._place = place
        self.domains = domains
        self.certificates: dict[str, Certificate] = {
            domain: authority.certificate(domain) for domain in domains}
        self._epmd = Epmd(place)
        self.nodes = {name: Ejabberd(place, name, self.certificates, authority.root,
                                     CONFIGURATION, self._epmd) for name in NODES}
        self.wire = Wire(place, [node.distribution_port for node in self.nodes.values()])

    def start(self, contacts: dict[str, dict[str, str]]) -> "Pool":
        """Starts the nodes and makes one cluster of them; `contacts` as for `Ejabberd.fill`."""
        self._epmd.start()
        for node in self.nodes.values():
            node.launch()
        for node in self.nodes.values():
            node.wait_until_started()
        first, *others = self.nodes.values()
        # Before the others join: they copy the tables in one piece then.
        first.fill(contacts)
        for node in others:
            done = node.tell(f"ejabberd_cluster:join('{first.node}').")
            if done != "{ok,ok}":
                raise AssertionError(f"{node.name} did not join: {done}\n{node.process.log[-2000:]}")
        self.wait_until_whole()
        return self

    @property
    def living(self) -> list[Ejabberd]:
        return [node for node in self.nodes.values() if node.process.running]

    def wait_until_whole(self, seconds: float = 60):
        """Until each living node sees all living nodes in its cluster."""
        names = {node.node for node in self.living}
        for node in self.living:
            until(lambda: set(node.ask("list_cluster")) == names, seconds,
                  lambda: f"{node.name} to see {names}: {node.ask('list_cluster')}", every=0.2)

    def bring_back(self, name: str):
        """Starts a node that had ended; it joins its cluster again by itself."""
        node = self.nodes[name]
        node.launch()
        node.wait_until_started()
        self.wait_until_whole()

    def sessions(self, asked: str | None = None) -> dict[str, str]:
        """Full JID -> name of the node where this session is; as the node `asked` knows it, by
        default the first that lives."""
        node = self.nodes[asked] if asked else self.living[0]
        return {session["jid"]: session["node"].split("@")[0]
                for session in node.ask("connected_users_info")}


class Wire:
    """What the nodes of a pool send each other, as the kernel counts it: each pair of nodes has one
    TCP connection to one of their distribution ports, and both its ends are on this machine."""

    _SENT = re.compile(r"\bbytes_sent:(\d+)")

    def __init__(self, place: Place, ports: list[int]):
        self._place = place
        self._filter = " or ".join(f"sport = :{port} or dport = :{port}" for port in ports)
        self._ends = len(ports) * (len(ports) - 1)

    def ends(self) -> dict[tuple[str, str], int]:
        """(own address, the other's) -> bytes sent from there since the connection was made."""
        lines = self._place.run(
            ["ss", "-tinOH", "state", "established", f"( {self._filter} )"]).stdout.splitlines()
        counts = {}
        for line in lines:
            own, other = line.split()[2:4]
            sent = self._SENT.search(line)
            counts[own, other] = int(sent.group(1)) if sent else 0
        return counts

    def sent_during(self, action) -> int:
        """The bytes that all nodes sent each other while `action()` ran, and until they were quiet.

        Nobody else may speak to the nodes by Erlang meanwhile (`Ejabberd.tell` does), and no
        connection between them may come or go.
        """
        before = self._quiet()
        action()
        after = self._quiet()
        if set(before) != set(after) or len(after) != self._ends:
            raise AssertionError(f"not the same {self._ends} ends: {before} and {after}")
        return sum(after.values()) - sum(before.values())

    def _quiet(self) -> dict[tuple[str, str], int]:
        """The counts when they have not changed for two looks."""
        last = self.ends()

        def settled():
            nonlocal last
            counts, last = last, self.ends()
            return counts == last

        until(settled, QUIET_SECONDS, "the nodes to be quiet", every=0.1)
        return last
