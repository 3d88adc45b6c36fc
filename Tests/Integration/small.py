"""Small maps and configurations, for tests that need an edge and no servers behind it."""

from lab import Place
from lab.certificates import Authority
from lab.programs import Edge, rdadmin

DOMAIN = "im.example"

# Nobody listens there: the edge only tells these addresses.
TARGETS = {"im1": "127.0.0.1:5001", "im2": "127.0.0.1:5002", "im3": "127.0.0.1:5003",
           "im4": "127.0.0.1:5004"}


def database(users: dict[str, int], **header) -> str:
    """The text of a `redirect.db`."""
    lines = {"format": 1, "generation": 1, "profile": "nodeprep",
             "partitions": max(users.values()), "users": len(users), **header}
    text = "".join(f"# {key}: {value}\n" for key, value in lines.items())
    entries = sorted((user.encode(), number) for user, number in users.items())
    return text + "".join(f"{user.decode()}\t{number}\n" for user, number in entries)


def compile_map(place: Place, name: str, users: dict[str, int], **header) -> str:
    """Compiles a map with these users and returns its path."""
    source = place.file(f"{name}.db", database(users, **header))
    target = place.file(f"{name}.mdb")
    rdadmin(place, "compile", source, "-o", target)
    return target


def read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def small_edge(place: Place, listeners: dict[str, str], users: dict[str, int] | None = None,
               authority: Authority | None = None, name: str = "edge", **changes) -> Edge:
    """An edge over a small map: alice is at home on im1, bob on im2. It redirects: nobody is there to
    be relayed to."""
    compile_map(place, "redirect", users or {"alice@im.example": 1, "bob@im.example": 2})
    keys = {
        "domains": DOMAIN,
        "redirect.provider": "db",
        "redirect.mode": "redirect",
        # Nobody listens at the targets, so nobody is to ask them how they are.
        "redirect.pollfrequency": "0",
        "redirect.to": "im1, im2, im3, im4",
        "redirect.db.users": place.file("redirect.mdb"),
        "redirect.db.partitions": place.file("redirect.partitions", "im1, im2\nim2, im1\n"),
    }
    for node, target in TARGETS.items():
        keys[f"redirect.to.{node}.host"] = target
        keys[f"redirect.to.{node}.directtls"] = target.replace(":5", ":6")
    if authority:
        certificate = authority.certificate(DOMAIN)
        keys |= {"tls.certificate": certificate.chain, "tls.key": certificate.key}
    keys |= {key.replace("__", "."): value for key, value in changes.items()}
    return Edge(place, name, keys, listeners)
