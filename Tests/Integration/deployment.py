"""Three hundred people in circles, their accounts on a real pool, two edges and a balancer in front."""

from lab import Place
from lab.certificates import Authority
from lab.haproxy import Haproxy
from lab.pool import NODES, Pool
from lab.programs import Edge, rdadmin

DOMAINS = ["a.example", "b.example"]
PEOPLE = 300
CIRCLE = 10

# Two partitions a node; when it is down, each of the other nodes gets one.
PARTITIONS = """im1, im2, im3
im1, im3, im2
im2, im3, im1
im2, im1, im3
im3, im1, im2
im3, im2, im1
"""

LISTENERS = {"c2s": "starttls", "c2s-tls": "directtls"}
LISTENER_OF = {kind: name for name, kind in LISTENERS.items()}


def rosters() -> dict[str, dict[str, str]]:
    """Circles of ten, half of each in either domain, who all know each other; the first of each
    circle also knows the first of the next, so that all are one network that has to be cut."""
    names = [f"u{number:03}@{DOMAINS[number % 2]}" for number in range(PEOPLE)]
    contacts = {}
    for number, name in enumerate(names):
        first = number - number % CIRCLE
        contacts[name] = {
            other: "both" for other in names[first:first + CIRCLE] if other != name}
        if number == first:
            for other in (first - CIRCLE, first + CIRCLE):
                contacts[name][names[other % PEOPLE]] = "both"
    return contacts


class Deployment:
    """In `place`: `pool`, `edges`, `balancer`; `map` is the file that the edges serve, at first compiled of
    `database`, which `rdadmin` made of the rosters that ejabberd exported. `line`: user -> nodes in
    order of preference, under the map of this moment; `home`: user -> the first of them."""

    def __init__(self, place: Place, authority: Authority):
        self.place = place
        self.authority = authority
        self.rosters = rosters()
        self.pool = Pool(place, authority, DOMAINS).start(self.rosters)
        self.database, self.map = place.file("pool.db"), place.file("pool.mdb")
        self.report = rdadmin(place, "generate", "--partitions", str(len(PARTITIONS.splitlines())),
                              "--output", self.database, self.pool.nodes["im1"].export()).stdout
        rdadmin(place, "compile", self.database, "-o", self.map)
        self.database_served = self.database
        keys = self._keys()
        self.edges = [Edge(place, name, keys, LISTENERS).start() for name in ("edge1", "edge2")]
        self.balancer = Haproxy(place, self.edges, list(LISTENERS)).start()
        self._look_up()

    def _keys(self) -> dict:
        keys = {
            "domains": ", ".join(DOMAINS),
            "redirect.provider": "db",
            "redirect.mode": "redirect",
            "redirect.to": ", ".join(NODES),
            "redirect.db.users": self.map,
            "redirect.trust": self.authority.root,
            # Three Erlang machines and 300 clients on two cores: slow is not dead. A killed node refuses, which is
            # noticed as fast as ever.
            "redirect.probe.timeout": "5s",
            "redirect.db.partitions": self.place.file("pool.partitions", PARTITIONS),
            # One line for each redirect.
            "log.level": "debug",
        }
        for name, node in self.pool.nodes.items():
            keys[f"redirect.to.{name}.host"] = f"127.0.0.1:{node.port}"
            keys[f"redirect.to.{name}.directtls"] = f"127.0.0.1:{node.tls_port}"
        for domain, files in self.pool.certificates.items():
            keys[f"tls.{domain}.certificate"] = files.chain
            keys[f"tls.{domain}.key"] = files.key
        for listener in LISTENERS:
            keys[f"listener.{listener}.proxy"] = "required"
            keys[f"listener.{listener}.proxy.from"] = "127.0.0.0/8"
        return keys

    def _look_up(self):
        """As `rdadmin lookup -c` tells."""
        lines = rdadmin(self.place, "lookup", "-c", self.edges[0].configuration, self.map,
                        *self.rosters).stdout.splitlines()
        fields = [[field.strip() for field in line.split("\t")] for line in lines]
        self.line = {user: nodes for user, _, *nodes in fields}
        self.home = {user: nodes[0] for user, nodes in self.line.items()}

    def publish(self, database: str):
        """Compiles another map over the one that is served; returns when both edges serve it."""
        before = [len(edge.log) for edge in self.edges]
        rdadmin(self.place, "compile", database, "-o", self.map)
        for edge, length in zip(self.edges, before):
            edge.logged("serving", after=length)
        self.database_served = database
        self._look_up()

    def target(self, user: str, how: str) -> str:
        """What an edge should tell this user, who comes by `starttls` or `directtls`."""
        node = self.pool.nodes[self.home[user]]
        return f"127.0.0.1:{node.port if how == 'starttls' else node.tls_port}"

    def redirects(self) -> list[int]:
        """How many clients each edge has sent on so far."""
        return [edge.log.count(" redirected ") for edge in self.edges]

    def stop(self):
        for edge in self.edges:
            assert edge.stop() == 0, edge.log[-2000:]
