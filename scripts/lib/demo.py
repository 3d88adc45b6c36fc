"""The demo, told in words: what redirect-edge is for, shown on real servers and a real client."""

import os
import signal
import sys
import textwrap
import time
from xml.dom import minidom

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from lab import Place, until
from lab.certificates import Authority
from lab.client import Session, ask
from lab.profanity import Profanity
from lab.programs import Edge, Load, rdadmin, replace
from lab.prosody import Prosody

DOMAIN = "im.example"
PASSWORD = "correct horse"

# Four circles of friends. Inside a circle everybody knows everybody; the first of each circle also
# knows the first of the next one.
CIRCLES = [
    ["alice", "adam", "anna", "axel"],
    ["bob", "bea", "ben", "britta"],
    ["carol", "carl", "chloe", "clara"],
    ["dave", "dana", "dirk", "dora"],
]

# Profanity 0.13.1 of Debian 12 by STARTTLS and by direct TLS, as the log of the edge tells it (docs/clients.md).
HEADER = '<?xml_version="1.0"?>;header=to",xml:lang",version",xmlns",xmlns:stream"'
FOLLOWERS = f"""shape {HEADER};starttls;tls=sni;{HEADER},from"
shape tls=sni;{HEADER},from"
"""

LOAD = 20_000
SWAPS = 10

_started = time.monotonic()


def say(text: str):
    for paragraph in textwrap.dedent(text).strip().split("\n\n"):
        print(textwrap.fill(" ".join(paragraph.split()), 92))
    sys.stdout.flush()


def step(title: str):
    print(f"\n\033[1m{title}\033[0m" if sys.stdout.isatty() else f"\n== {title}")


def show(text: str):
    print(textwrap.indent(text.rstrip(), "    "))
    sys.stdout.flush()


def jid(name: str) -> str:
    return f"{name}@{DOMAIN}"


def friends() -> dict[str, list[str]]:
    result = {}
    for number, circle in enumerate(CIRCLES):
        for name in circle:
            result[name] = [other for other in circle if other != name]
        neighbours = (CIRCLES[number - 1][0], CIRCLES[(number + 1) % len(CIRCLES)][0])
        result[circle[0]] += neighbours
    return result


def start_servers(place: Place, authority: Authority) -> list[Prosody]:
    certificate = {DOMAIN: authority.certificate(DOMAIN)}
    servers = [Prosody(place, name, certificate).start() for name in ("im1", "im2")]
    servers[0].register([jid(name) for name in friends()], PASSWORD)
    # Everybody logs in at im1 and asks the friends; a second round answers what came meanwhile.
    for _ in range(2):
        for name, others in friends().items():
            session = Session(servers[0].port, jid(name), PASSWORD, authority.root)
            session.befriend([jid(other) for other in others])
            session.close()
    servers[1].take_accounts_of(servers[0])
    return servers


def make_map(place: Place, rosters: list[str]) -> str:
    """Rosters -> redirect.new.db -> redirect.mdb."""
    command = ["generate", "--partitions", "2", "--output", place.file("redirect.new.db")]
    report = rdadmin(place, *command, *rosters)
    show(f"$ rdadmin generate --partitions 2 {os.path.basename(rosters[0])} ...\n{report.stdout}")
    rdadmin(place, "compile", place.file("redirect.new.db"), "-o", place.file("redirect.mdb"))
    show("$ rdadmin compile redirect.new.db -o redirect.mdb")
    return place.file("redirect.mdb")


def partitions(place: Place, map_path: str) -> dict[str, int]:
    """Whom the map puts where, as `rdadmin lookup` tells it."""
    lines = rdadmin(place, "lookup", map_path, *map(jid, friends())).stdout.splitlines()
    return {line.split("\t")[0]: int(line.split("\t")[1]) for line in lines}


def start_edge(place: Place, authority: Authority, servers: list[Prosody],
               map_path: str) -> Edge:
    certificate = os.path.join(place.path, "ca", DOMAIN)
    keys = {
        "domains": DOMAIN,
        "redirect.provider": "db",
        "redirect.to": ", ".join(server.name for server in servers),
        "redirect.db.users": map_path,
        "redirect.db.partitions": place.file("redirect.partitions", "im1, im2\nim2, im1\n"),
        "tls.certificate": f"{certificate}.pem",
        "tls.key": f"{certificate}.key",
        "redirect.trust": authority.root,
        "redirect.probe.return": "1s",
        "redirect.auto.followers": place.file("followers.txt", "# nobody yet\n"),
        # For clients that are known to follow, all of them.
        "listener.told.mode": "redirect",
        "listener.inside.mode": "redirect",
        # One line for each client.
        "log.level": "debug",
    }
    for server in servers:
        keys[f"redirect.to.{server.name}.host"] = f"127.0.0.1:{server.port}"
        keys[f"redirect.to.{server.name}.directtls"] = f"127.0.0.1:{server.tls_port}"
    edge = Edge(place, "redirect", keys, {"c2s": "starttls", "c2s-tls": "directtls",
                                          "told": "starttls", "inside": "plain"})
    edge.start()
    edge.logged("offering what the nodes offer")
    with open(edge.configuration) as file:
        show(f"$ cat redirect.conf\n{file.read()}\n$ redirect-edge -c redirect.conf &\n{edge.log}")
    return edge


def show_answers(edge: Edge, home: dict[str, int], authority: Authority, users: list[str]):
    for user in users:
        answer = ask(edge.ports["told"], user, "starttls", authority.root)
        words = minidom.parseString(answer.raw).toprettyxml(indent="  ").split("\n", 1)[1]
        show(f"{user} (partition {home[user]}) is told by STARTTLS:\n{words}")
        if answer.target is None:
            raise AssertionError(f"no redirect: {answer.raw!r}")


def log_in(place: Place, edge: Edge, servers: list[Prosody], authority: Authority,
           home: dict[str, int], users: list[str], way: str):
    """Real clients, one by either kind of TLS; `way`: what the edge says that it did with them."""
    for user, how in zip(users, ("force", "legacy")):
        listener = "c2s" if how == "force" else "c2s-tls"
        server = servers[home[user] - 1]
        before, mark = len(server.logins()), len(edge.log)
        client = Profanity(place, user, PASSWORD, edge.ports[listener], how, authority).start()
        until(lambda: user in server.logins()[before:], 20, f"{user} to log in at {server.name}")
        line = [line for line in server.log.splitlines() if f"Authenticated as {user}" in line][-1]
        kind = "STARTTLS" if how == "force" else "direct TLS"
        show(f"Profanity connects to the edge by {kind} as {user};\n"
             f"the log of the edge: {edge.logged(way, after=mark).split(' client=')[0]}\n"
             f"the log of {server.name}: {line}\n")
        client.stop()


def name_followers(edge: Edge):
    mark = len(edge.log)
    replace(edge.keys["redirect.auto.followers"], FOLLOWERS)
    show(f"$ cat followers.txt\n{FOLLOWERS}")
    edge.logged("serving", after=mark)


def swap_under_load(place: Place, edge: Edge, servers: list[Prosody], map_path: str,
                    home: dict[str, int]):
    """Two maps take turns while clients keep asking: in the second, the homes are exchanged."""
    first = place.file("first.db")
    lines = rdadmin(place, "dump", map_path).stdout
    place.file("first.db", lines)
    exchanged = "".join(
        line if line.startswith("#") else line.replace("\t1\n", "\tX\n").replace("\t2\n", "\t1\n")
        .replace("\tX\n", "\t2\n") for line in lines.splitlines(keepends=True))
    second = place.file("second.db", exchanged)
    maps = []
    for source in (first, second):
        target = source.replace(".db", ".mdb")
        rdadmin(place, "compile", source, "-o", target)
        with open(target, "rb") as file:
            maps.append(file.read())
    ports = [server.port for server in servers]
    answers = {user: [f"127.0.0.1:{ports[number - 1]}", f"127.0.0.1:{ports[2 - number]}"]
               for user, number in home.items()}
    done = []

    def swap(thousands: int):
        if thousands * SWAPS // LOAD > len(done) and len(done) < SWAPS:
            done.append(thousands)
            replace(map_path, maps[len(done) % 2])

    result = Load(place, answers).run(edge.ports["inside"], LOAD, swap, open=100, rate=5000)
    if result["right"] != LOAD or not all(result["ofMap"]) or len(done) < SWAPS:
        raise AssertionError(f"{len(done)} swaps, {result}")
    show(f"{LOAD} connections at {result['rate']} a second while the map was swapped {len(done)} "
         f"times:\n{result['ofMap'][0]} answers from the first map, {result['ofMap'][1]} from the "
         f"second, {LOAD - result['right']} failed.")


def kill_and_return(edge: Edge, servers: list[Prosody], authority: Authority, user: str,
                    home: int):
    """The user's home is killed: the fallback takes over until it is back."""
    server, other = servers[home - 1], servers[2 - home]

    def told() -> str | None:
        return ask(edge.ports["told"], user, "starttls", authority.root).target

    def until_told(port: int) -> float:
        begin = time.monotonic()
        until(lambda: told() == f"127.0.0.1:{port}", 30, f"{user} to be sent to {port}", every=0.1)
        return time.monotonic() - begin

    until_told(server.port)
    before = len(edge.log)
    server.process.signal(signal.SIGKILL)
    seconds = until_told(other.port)
    show(f"{server.name} is killed (SIGKILL); {seconds:.1f} s later {user} is told {told()}, "
         f"{other.name}.")
    server.start()
    seconds = until_told(server.port)
    show(f"{server.name} is started again; {seconds:.1f} s later {user} is told {told()} again.")
    lines = [line for line in edge.log[before:].splitlines() if " node " in line]
    show("the log of the edge:\n" + "\n".join(lines))


def main():
    with Place("redirect-edge-demo") as place:
        authority = Authority(place)
        step("1. Two servers, one domain")
        say(f"""Two Prosody servers, im1 and im2, both host {DOMAIN}. {len(friends())} people open
            accounts at im1 and make friends, in four circles; im2 gets a copy. From now on each
            person should be at home on one of the two, and friends on the same one, so that their
            messages do not have to cross from server to server.""")
        servers = start_servers(place, authority)
        step("2. Contact lists in, map out")
        say("""Prosody keeps each contact list as an XEP-0227 file. rdadmin reads them all, cuts the
            network of friends in two where the fewest ties are hurt, and compiles the result into
            one file, the map.""")
        map_path = make_map(place, servers[0].roster_files())
        home = partitions(place, map_path)
        for circle in CIRCLES:
            show(", ".join(f"{name} {home[jid(name)]}" for name in circle))
        step("3. The edge")
        say("""redirect-edge stands where clients connect. It reads the map and a short configuration, and
            asks the servers what they offer to clients.""")
        edge = start_edge(place, authority, servers, map_path)
        step("4. What a client is told")
        say("""A client connects to the edge, starts TLS and says who it is. The edge looks the name
            up in the map and, at a listener that redirects, answers with the address of that user's home,
            then closes. Nobody has logged in yet, and no password was said.""")
        users = [next(user for user in home if home[user] == number) for number in (1, 2)]
        show_answers(edge, home, authority, users)
        step("5. A real client comes home, relayed")
        say("""Most clients do not go where they are sent. So the edge redirects only those that are
            known to; for all others it connects to their home itself and passes the bytes on. Of this
            one it knows nothing yet.""")
        log_in(place, edge, servers, authority, home, users, "relaying")
        step("6. The same client comes home, redirected")
        say("""Profanity with a saved account does follow. Here everybody has it, so its ways go on the list
            of followers; the edge takes the new list as it runs.""")
        name_followers(edge)
        log_in(place, edge, servers, authority, home, users, "redirected")
        step("7. A new map, while clients keep coming")
        say("""People make new friends, and the map is made anew. It is put in place by renaming a
            file; the edge goes over to it without losing anybody. Here two maps take turns, and
            every answer is checked.""")
        swap_under_load(place, edge, servers, map_path, home)
        step("8. A server dies")
        say("""The edge probes its nodes: it opens a stream to each of them every second. When one
            dies, its people are sent to the next of their partition's line.""")
        kill_and_return(edge, servers, authority, users[0], home[users[0]])
        step("9. The end")
        code = edge.stop()
        if code != 0:
            raise AssertionError(f"the edge ended with {code}")
        say("The edge was told to leave (SIGTERM), finished what it had begun, and left.")
    say(f"All servers are stopped and their files removed. It took {time.monotonic() - _started:.0f} "
        "seconds.")


if __name__ == "__main__":
    main()
