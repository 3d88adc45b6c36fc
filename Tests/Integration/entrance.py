"""Three real nodes, two edges that are each other's peers, and a turnstile in front, at which every
client has a door of its own: whoever comes, how often, and what became of him is known."""

import re
import time
from dataclasses import dataclass

from lab import Place, free_port
from lab.certificates import Authority
from lab.clients import CLIENTS, Client, Login
from lab.programs import Edge, rdadmin
from lab.prosody import WEB, several
from lab.turnstile import Turnstile
from small import compile_map

DOMAIN = "im.example"
PASSWORD = "a secret of many clients"
NODES = ("im1", "im2", "im3")
PARTITIONS = "im1, im2, im3\nim2, im3, im1\nim3, im1, im2\n"

# A client that has no connection to the edges and is at no node for so long has given up, or follows
# nothing. Those that follow are at their node within a second.
QUIET_SECONDS = 6.0

# RFC 6120 (4.9.3.19): a client should give up after 2 to 5 redirects in a row.
MOST_REDIRECTS = 5

# Everybody is where he wants to be by then, on a busy machine, too.
ADMISSION_SECONDS = 90.0


@dataclass(frozen=True)
class Guest:
    """One client by one kind of connection, and its user."""

    client: Client
    how: str

    @property
    def door(self) -> str:
        return f"{re.sub('[:.]+', '-', self.client.name).lower()}-{self.how}"

    @property
    def user(self) -> str:
        return f"{self.door}@{DOMAIN}"


GUESTS = [Guest(client, how) for client in CLIENTS for how in client.kinds]


@dataclass(frozen=True)
class Visit:
    """What became of a guest. `node`: where the server says that he logged in (None: nowhere);
    `ways`: what the edges did with him, in order; `connections`: how often he came to them."""

    node: str | None
    ways: tuple[str, ...]
    connections: int


class Nodes:
    """`servers`: name -> server; `home`: user -> node, as `rdadmin lookup` names it."""

    def __init__(self, place: Place, authority: Authority):
        self.place = place
        self.authority = authority
        self.certificate = authority.certificate(DOMAIN)
        users = [guest.user for guest in GUESTS]
        self.servers = several(place, {name: WEB for name in NODES}, {DOMAIN: self.certificate}, users,
                               PASSWORD)
        self.map = compile_map(place, "clients", {
            user: 1 + number % len(NODES) for number, user in enumerate(users)})
        self.keys = self._keys()
        self.home = self._homes(users)

    def _keys(self) -> dict:
        keys = {
            "domains": DOMAIN,
            "redirect.provider": "db",
            "redirect.to": ", ".join(NODES),
            # Nodes that are slow on a busy machine are not down.
            "redirect.probe.timeout": "5s",
            "redirect.probe.return": "0",
            "redirect.trust": self.authority.root,
            "redirect.db.users": self.map,
            "redirect.db.partitions": self.place.file("clients.partitions", PARTITIONS),
            "tls.certificate": self.certificate.chain,
            "tls.key": self.certificate.key,
            # One line for each client.
            "log.level": "debug",
        }
        for name, server in self.servers.items():
            keys[f"redirect.to.{name}.host"] = f"127.0.0.1:{server.port}"
            keys[f"redirect.to.{name}.directtls"] = f"127.0.0.1:{server.tls_port}"
            keys[f"redirect.to.{name}.websocket"] = \
                f"wss://{DOMAIN}:{server.web_tls_port}/xmpp-websocket"
            keys[f"redirect.to.{name}.internalwebsocket"] = server.websocket
        return keys

    def _homes(self, users: list[str]) -> dict[str, str]:
        edge = Edge(self.place, "lookup", self.keys, {"c2s": "starttls"})
        edge.write()
        lines = rdadmin(self.place, "lookup", "-c", edge.configuration, self.map,
                        *users).stdout.splitlines()
        return {line.split("\t")[0]: line.split("\t")[2].split(",")[0].strip() for line in lines}


class Entrance:
    """`changes`: keys of the edges, with `__` for dots."""

    def __init__(self, nodes: Nodes, name: str, **changes):
        self._nodes = nodes
        place = nodes.place
        listeners = {guest.door: guest.how for guest in GUESTS}
        keys = {**nodes.keys, **{key.replace("__", "."): value for key, value in changes.items()}}
        for door in listeners:
            keys[f"listener.{door}.proxy"] = "required"
            keys[f"listener.{door}.proxy.from"] = "127.0.0.0/8"
        peers = [f"127.0.0.1:{free_port()}" for _ in range(2)]
        keys["redirect.peers"] = ", ".join(peers)
        keys["redirect.peers.secret"] = place.file("peers.secret", "known to edges alone")
        self.edges = [
            Edge(place, f"{name}-edge{number}", {**keys, "redirect.peers.listen": peer}, listeners)
            for number, peer in enumerate(peers, 1)]
        self.turnstile = Turnstile(place, f"{name}-turnstile", self.edges)

    def open(self) -> "Entrance":
        for edge in self.edges:
            edge.start()
        if self.edges[0].keys["redirect.mode"] != "redirect":
            for edge in self.edges:
                edge.logged("offering what the nodes offer")
        # Until they know each other, each may turn a client away.
        for edge in self.edges:
            edge.logged("peer connected")
        self.turnstile.start()
        return self

    def close(self):
        self.turnstile.stop()
        for edge in self.edges:
            assert edge.stop() == 0, edge.log[-2000:]

    def admit(self, guests: list[Guest]) -> dict[Guest, Visit]:
        """Lets them come, all at once, and waits until it is clear what becomes of each."""
        before = {name: len(server.logins()) for name, server in self._nodes.servers.items()}
        came = self.turnstile.counts()
        past = {door: len(ways) for door, ways in self._ways().items()}
        running = {guest: guest.client.start(self._nodes.place, self._login(guest))
                   for guest in guests}
        settled: dict[Guest, Visit] = {}
        quiet: dict[Guest, tuple[int, float]] = {}
        end = time.monotonic() + ADMISSION_SECONDS
        while len(settled) < len(guests) and time.monotonic() < end:
            time.sleep(0.1)
            # In this order: whoever has ended or logged in has been through the edges before.
            now = time.monotonic()
            ended = {guest for guest in running if not running[guest].running}
            where, open_ones = self._where(before), self.turnstile.open()
            ways, counts = self._ways(), self.turnstile.counts()
            for guest in guests:
                if guest in settled:
                    continue
                new_ways = ways.get(guest.door, [])[past.get(guest.door, 0):]
                visit = Visit(where.get(guest.user), tuple(new_ways),
                              counts[guest.door] - came[guest.door])
                # Since when it has had no connection; from the last one that it made.
                if open_ones[guest.door] or quiet.get(guest, (0, 0))[0] != visit.connections:
                    quiet[guest] = visit.connections, now
                is_quiet = visit.connections > 0 and now - quiet[guest][1] > QUIET_SECONDS
                insists = visit.ways.count("redirected") > MOST_REDIRECTS
                if visit.node or guest in ended or is_quiet or insists:
                    settled[guest] = visit
                    if not visit.node:
                        # Some try again a hundred times a second.
                        running[guest].stop()
        self._complain(running, settled)
        for client in running.values():
            client.stop()
        return settled

    def _login(self, guest: Guest) -> Login:
        return Login(guest.user, PASSWORD, self.turnstile.ports[guest.door], guest.how,
                     self._nodes.authority, self._nodes.certificate.chain)

    def _ways(self) -> dict[str, list[str]]:
        """Door -> what the edges did with each who came through it, in the order of time."""
        ways: dict[str, list[str]] = {}
        # Lines begin with the time, to the millisecond; nobody comes twice in one.
        for line in sorted(line for edge in self.edges for line in edge.log.splitlines()):
            words = line.split()
            door = next((word.removeprefix("listener=") for word in words
                         if word.startswith("listener=")), None)
            for way in ("relaying", "redirected"):
                if door and way in words:
                    ways.setdefault(door, []).append(way)
        return ways

    def _where(self, before: dict[str, int]) -> dict[str, str]:
        """User -> the node where he has logged in since."""
        return {user: name for name, server in self._nodes.servers.items()
                for user in server.logins()[before[name]:]}

    def _complain(self, running: dict, settled: dict[Guest, Visit]):
        for guest, client in running.items():
            if guest not in settled or not settled[guest].node:
                print(f"--- {guest.door}: {settled.get(guest)}\n{client.output[-1500:]}")
