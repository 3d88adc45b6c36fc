"""One generation after the other: `generate --previous`, and what administrators ask for: `--constraints`."""

import json
import random

import pytest
from lab.programs import rdadmin
from small import read

USERS = 1200
NODES = ["--node", "im1", "--node", "im2", "--node", "im3", "--partition-size", "150"]


def name(user: int) -> str:
    return f"u{user:04}@im.example"


def ties(seed: int, users=range(USERS)) -> set:
    """A ring of acquaintances, some of them far off."""
    chance = random.Random(seed)
    found = set()
    for user in users:
        for _ in range(5):
            other = (user + chance.randint(1, 20)) % USERS if chance.random() < 0.95 else chance.randrange(USERS)
            if other in users and other != user:
                found.add((user, other))
    return found


def rosters(place, pairs) -> str:
    return place.file("rosters.tsv", "".join(f"{name(a)}\t{name(b)}\n" for a, b in sorted(pairs)))


def generate(place, *arguments, check=True):
    return rdadmin(place, "generate", "--output", place.file("redirect.new.db"), *arguments, check=check)


class Generation:
    """What a redirect.db says: the partition and the node of each user."""

    def __init__(self, place, path: str = "redirect.new.db"):
        lines = read(place.file(path)).decode().splitlines()
        header = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
        self.partitions = int(header["partitions"])
        self.primaries = header["primaries"].split(", ") if "primaries" in header else []
        self.partition = {user: int(number) for user, number in (
            line.split("\t") for line in lines if not line.startswith("# "))}

    def node(self, user: int) -> str:
        return self.primaries[self.partition[name(user)] - 1]

    def nodes(self) -> dict:
        return {user: self.primaries[number - 1] for user, number in self.partition.items()}


def counted(report: str) -> dict:
    """Lines `users moved  12  ...` of a report."""
    found = {}
    for line in report.splitlines():
        for key in ("users moved", "users new", "users departed", "rules kept", "not as preferred"):
            if line.startswith(key):
                found[key] = int(line[len(key):].split()[0])
    return found


def keep(place) -> str:
    return place.file("redirect.db", read(place.file("redirect.new.db")).decode())


def test_a_generation_moves_few_and_counts_them_right(place):
    generate(place, *NODES, rosters(place, ties(1)))
    old = Generation(place)
    previous = keep(place)
    gone = set(range(0, 60, 10))
    pairs = {pair for pair in ties(1) if not gone & set(pair)} | {(1, 2000), (2000, 2001), (700, 2002)}
    report = generate(
        place, *NODES, "--previous", previous, "--report", place.file("report.json"), rosters(place, pairs)).stdout
    new = Generation(place)
    both = old.partition.keys() & new.partition.keys()
    moved = sum(old.nodes()[user] != new.nodes()[user] for user in both)
    assert counted(report) == {
        "users moved": moved, "users new": 3, "users departed": len(old.partition) - len(both)}
    assert moved <= USERS // 100
    told = json.loads(read(place.file("report.json")))
    assert told["moves"] == {
        "stayed": len(both) - moved, "moved": moved, "moved_from_gone": 0, "new": 3, "departed": len(old.partition) - len(both)}
    assert told["asked"]["max_moved"] == 0.01 and told["constraints"] is None
    assert new.primaries == old.primaries
    # Who is new is where his contacts are.
    assert new.node(2000) == new.node(2001) == new.node(1) and new.node(2002) == new.node(700)


def test_nodes_come_and_go(place):
    path = rosters(place, ties(2))
    generate(place, *NODES, path)
    old = Generation(place)
    previous = keep(place)
    report = generate(place, *NODES, "--node", "im4", "--previous", previous, path).stdout
    more = Generation(place)
    assert more.primaries[:old.partitions] == old.primaries
    assert USERS / 4 * 0.96 <= counted(report)["users moved"] <= USERS / 4 * 1.1
    report = generate(place, *NODES[2:], "--previous", previous, path).stdout
    fewer = Generation(place)
    assert [new for new, before in zip(fewer.primaries, old.primaries) if before != "im1"] == [
        node for node in old.primaries if node != "im1"]
    assert set(fewer.primaries) == {"im2", "im3"}
    stayed = sum(old.nodes()[user] == fewer.nodes()[user] for user in old.partition)
    assert stayed == USERS - counted(report)["users moved"] >= USERS * 0.6


def test_without_nodes_partitions_are_added_with_the_next_numbers(place):
    path = rosters(place, ties(3))
    generate(place, "--partitions", "4", "--partition-size", "330", path)
    old = Generation(place)
    previous = keep(place)
    again = generate(place, "--partition-size", "330", "--previous", previous, path).stdout
    other = sum(Generation(place).partition[user] != number for user, number in old.partition.items())
    assert other == counted(again)["users moved"] <= USERS // 100
    # Four partitions of 250 do not hold them.
    generate(place, "--partition-size", "250", "--previous", previous, path)
    new = Generation(place)
    assert new.partitions == 5 and max(map(list(new.partition.values()).count, range(1, 6))) <= 250


@pytest.mark.parametrize("old, code, complaint", [
    ("# format: 1\n# partitions: 2\nb@x\t1\na@x\t1\n", 65, "old.db:4: the user is not behind the line before"),
    ("# format: 1\n# partitions: 2\na@x\t3\n", 65, "old.db:3: partition 3; expected 1 to 2"),
    ("# format: 1\n# partitions: 2\n# users: 5\na@x\t1\n", 65, "was it cut short?"),
    ("# format: 1\n# partitions: 2\na@x\t1\n", 65, "does not name the primary node of each of its 2 partitions"),
    ("# format: 1\n# partitions: 1\n# profile: precis\n", 65, "the profile precis; expected nodeprep"),
    (None, 66, "old.db: cannot open"),
], ids=["order", "partition", "short", "primaries", "profile", "missing"])
def test_an_old_file_that_is_wrong(place, old, code, complaint):
    path = rosters(place, ties(1, range(40)))
    previous = place.file("old.db", old) if old else place.file("old.db")
    result = generate(place, *NODES[:4], "--previous", previous, path, check=False)
    assert (result.returncode, complaint in result.stderr) == (code, True), result.stderr


def test_max_moved_needs_a_generation_before(place):
    result = generate(place, "--max-moved", "0.1", rosters(place, ties(1, range(40))), check=False)
    assert result.returncode == 64 and "expected --previous too" in result.stderr


def test_constraints_are_kept_and_counted(place):
    place.file("teams.tsv", "".join(f"{name(user)}\tteam{user % 3}\n" for user in range(900, 930)))
    rules = place.file("rules.txt", "\n".join([
        "# who sits where",
        "region north = im1, im2",
        f"pin {name(5)} {name(605)} -> im3",
        "must /^u01/ -> north",
        f"apart {name(800)} {name(801)} {name(802)}",
        f"together {name(10)} {name(400)} nobody@im.example",
        "together each file:teams.tsv",
        "prefer /^u03/ -> im1 strength 3",
        "limit im2 at least 395 users",
    ]) + "\n")
    path = rosters(place, ties(4))
    result = generate(place, *NODES, "--constraints", rules, "--report", place.file("report.json"), path)
    found = Generation(place)
    assert "rules.txt:6: in no roster: nobody@im.example" in result.stderr
    assert found.node(5) == found.node(605) == "im3"
    assert {found.node(user) for user in range(100, 200)} <= {"im1", "im2"}
    assert len({found.node(user) for user in (800, 801, 802)}) == 3
    assert found.partition[name(10)] == found.partition[name(400)]
    for team in range(3):
        assert len({found.partition[name(user)] for user in range(900 + team, 930, 3)}) == 1
    assert list(found.nodes().values()).count("im2") >= 395
    elsewhere = sum(found.node(user) != "im1" for user in range(300, 400))
    assert counted(result.stdout) == {"rules kept": 6, "not as preferred": elsewhere}
    told = json.loads(read(place.file("report.json")))
    assert told["constraints"] == {"kept": 6, "spread": 0, "preferred": 100, "elsewhere": elsewhere} and told["moves"] is None


def test_a_contradiction_names_both_lines_and_writes_nothing(place):
    rules = place.file("rules.txt", f"pin {name(1)} -> im1\n\ntogether {name(1)} {name(2)}\npin {name(2)} -> im2\n")
    result = generate(place, *NODES, "--constraints", rules, rosters(place, ties(1)), check=False)
    assert result.returncode == 65
    assert "rules.txt:3: no node is left" in result.stderr
    assert "rules.txt:1" in result.stderr and "rules.txt:4" in result.stderr
    with pytest.raises(FileNotFoundError):
        read(place.file("redirect.new.db"))
