"""Two real Prosody servers with the same hosted domain, 50 accounts with real rosters, and the map
that `rdadmin` makes of them."""

from lab import Place
from lab.certificates import Authority
from lab.client import Session
from lab.programs import Edge, rdadmin
from lab.prosody import Prosody

DOMAIN = "im.example"
PASSWORD = "a secret of fifty people"
CIRCLE = 5
USERS = 50

NAMES = [f"user{number:02}" for number in range(USERS)]


def jid(name: str) -> str:
    return f"{name}@{DOMAIN}"


def friends(number: int) -> list[str]:
    """The others of one's circle; the first of each circle also knows the first of the next."""
    first = number - number % CIRCLE
    others = [other for other in range(first, first + CIRCLE) if other != number]
    if number == first:
        others += [(first - CIRCLE) % USERS, (first + CIRCLE) % USERS]
    return [jid(NAMES[other]) for other in others]


class Network:
    def __init__(self, place: Place, authority: Authority):
        self._place = place
        self.authority = authority
        self.certificate = authority.certificate(DOMAIN)
        self.servers = {
            name: Prosody(place, name, {DOMAIN: self.certificate}).start() for name in ("im1", "im2")
        }
        first = self.servers["im1"]
        first.register([jid(name) for name in NAMES], PASSWORD)
        # Everybody asks his friends; in a second round all that came meanwhile is granted.
        for _ in range(2):
            for number, name in enumerate(NAMES):
                session = Session(first.port, jid(name), PASSWORD, authority.root)
                session.befriend(friends(number))
                session.close()
        self.servers["im2"].take_accounts_of(first)
        self.map = self._make_map()
        self.keys = self._keys()
        self.home = self._homes()

    def _make_map(self) -> str:
        database, compiled = self._place.file("redirect.new.db"), self._place.file("redirect.mdb")
        self.report = rdadmin(
            self._place, "generate", "--partitions", "2", "--output", database,
            *self.servers["im1"].roster_files()).stdout
        rdadmin(self._place, "compile", database, "-o", compiled)
        self.database = database
        return compiled

    def _keys(self) -> dict:
        keys = {
            "domains": DOMAIN,
            "redirect.provider": "db",
            "redirect.mode": "redirect",
            "redirect.to": ", ".join(self.servers),
            "redirect.db.users": self.map,
            "redirect.db.partitions": self._place.file(
                "redirect.partitions", "im1, im2\nim2, im1\n"),
            "tls.certificate": self.certificate.chain,
            "tls.key": self.certificate.key,
        }
        for name, server in self.servers.items():
            keys[f"redirect.to.{name}.host"] = f"127.0.0.1:{server.port}"
            keys[f"redirect.to.{name}.directtls"] = f"127.0.0.1:{server.tls_port}"
        return keys

    def _homes(self) -> dict[str, str]:
        """User -> primary node, as `rdadmin lookup -c` names it."""
        edge = Edge(self._place, "lookup", self.keys, {"c2s": "starttls"})
        edge.write()
        lines = rdadmin(self._place, "lookup", "-c", edge.configuration, self.map,
                        *map(jid, NAMES)).stdout.splitlines()
        return {line.split("\t")[0]: line.split("\t")[2].split(",")[0].strip() for line in lines}

    def edge(self, place: Place, listeners: dict[str, str], **changes) -> Edge:
        keys = {**self.keys, **{key.replace("__", "."): value for key, value in changes.items()}}
        return Edge(place, "edge", keys, listeners)

    def one_user_of_each_node(self) -> dict[str, str]:
        return {node: next(user for user, home in self.home.items() if home == node)
                for node in self.servers}
