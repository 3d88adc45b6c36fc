"""Users for the nodes of a pool: limits, loads, fallbacks, networks, and the files that tell of them."""

import os
import random
import stat
from collections import Counter

import pytest
from lab.programs import rdadmin
from small import read

CIRCLES, SIZE = 60, 12
USERS = CIRCLES * SIZE
NODES = {"im1": 1, "im2": 2, "im3": 1}


def name(circle: int, member: int) -> str:
    return f"u{circle:02}x{member:02}@im.example"


@pytest.fixture
def rosters(place) -> str:
    """Circles in which all know each other; most of them know the next one, so there are some networks."""
    lines = []
    for circle in range(CIRCLES):
        names = [name(circle, member) for member in range(SIZE)]
        lines += [f"{a}\t{b}\n" for a in names for b in names if a < b]
        if circle % 9:
            lines.append(f"{name(circle, 0)}\t{name((circle + 1) % CIRCLES, 1)}\n")
    return place.file("rosters.tsv", "".join(lines))


@pytest.fixture
def configuration(place) -> str:
    return configure(place)


def configure(place, **keys) -> str:
    lines = ["domains = im.example", f"redirect.to = {', '.join(NODES)}"]
    lines += [f"redirect.to.{node}.host = 192.0.2.1:{5222 + weight}\nredirect.to.{node}.weight = {weight}"
              for node, weight in NODES.items()]
    lines += [f"redirect.{key.replace('__', '.')} = {value}" for key, value in keys.items()]
    return place.file("redirect.conf", "\n".join(lines) + "\n")


def generate(place, *arguments, check=True, **more):
    return rdadmin(place, "generate", *arguments, check=check, **more)


class Written:
    """What stands in a directory after `generate`."""

    def __init__(self, place, partitions: str = "redirect.partitions"):
        lines = read(place.file("redirect.new.db")).decode().splitlines()
        self.header = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
        self.home = {user: int(number) for user, number in (
            line.split("\t") for line in lines if not line.startswith("# "))}
        self.sizes = Counter(self.home.values())
        self.primaries = self.header["primaries"].split(", ")
        self.users = Counter(self.primaries[number - 1] for number in self.home.values())
        path = place.file(partitions)
        text = read(path).decode() if os.path.exists(path) else ""
        self.lines = [line.split(", ") for line in text.splitlines() if not line.startswith("#")]


def test_nodes_get_their_shares_and_a_partitions_file_that_check_accepts(place, rosters, configuration):
    report = generate(place, "-c", configuration, "--partition-size", "50", "--set", "s1",
                      "--write-partitions", place.file("redirect.partitions"), rosters).stdout
    written = Written(place)
    assert sum(written.users.values()) == USERS
    for node, weight in NODES.items():
        assert written.users[node] <= int(1.03 * USERS * weight / 4)
        assert f"node {node}" in report
    assert max(written.sizes.values()) <= 50
    assert int(written.header["partitions"]) == len(written.primaries) == 4 + 8 + 4
    assert written.primaries == sorted(written.primaries)
    assert [line[0] for line in written.lines] == written.primaries
    assert all(sorted(line) == sorted(NODES) for line in written.lines)
    # A dead node's users go to both others, by their weights.
    heirs = Counter(line[1] for line in written.lines if line[0] == "im2")
    assert heirs == {"im1": 4, "im3": 4}
    assert "# set: s1\n" in read(place.file("redirect.partitions")).decode()
    rdadmin(place, "compile", place.file("redirect.new.db"), "-o", place.file("redirect.mdb"))
    found = rdadmin(place, "check", "-c", configuration)
    assert "nothing wrong" in found.stdout + found.stderr
    assert "set" not in found.stderr and "primary" not in found.stderr


def test_the_reported_cuts_are_those_of_the_files(place, rosters, configuration):
    generate(place, "-c", configuration, "--partition-size", "50", rosters)
    written = Written(place)
    ties = [line.split("\t") for line in read(rosters).decode().splitlines()]

    def share(where) -> str:
        return f"{sum(where(a) != where(b) for a, b in ties) / len(ties):.6f}"

    home = written.home
    assert written.header["cut"] == share(lambda user: home[user])
    assert written.header["node-cut"] == share(lambda user: written.primaries[home[user] - 1])


def test_nodes_can_be_named_where_there_is_no_configuration(place, rosters):
    named = [f"--node={node}={weight}" for node, weight in NODES.items()]
    outputs = ["--write-partitions", place.file("redirect.partitions")]
    generate(place, *named, "--partitions", "8", *outputs, rosters)
    written = Written(place)
    assert [line[0] for line in written.lines] == ["im1"] * 2 + ["im2"] * 4 + ["im3"] * 2
    before = written.lines, written.home
    generate(place, *named, "--partitions", "8", "--threads", "2", *outputs, rosters)
    written = Written(place)
    assert (written.lines, written.home) == before


def test_a_partitions_file_settles_whose_the_partitions_are(place, rosters):
    settled = "im3, im1\nim1, im2\nim1\nim2, im3\nim2\n"
    configuration = configure(place, db__partitions=place.file("old.partitions", settled))
    new = place.file("new.partitions")
    generate(place, "-c", configuration, "--write-partitions", new, rosters)
    written = Written(place, "new.partitions")
    assert written.primaries == ["im3", "im1", "im1", "im2", "im2"]
    assert [line[0] for line in written.lines] == written.primaries
    # Two more: without --write-partitions as the edges deal them out, with it where they are needed.
    generate(place, "-c", configuration, "--partitions", "7", rosters)
    assert Written(place).primaries[5:] == ["im2", "im1"]
    refused = generate(place, "-c", configuration, "--partitions", "4", rosters, check=False)
    assert refused.returncode == 65 and "5 partitions" in refused.stderr
    before = read(place.file("old.partitions"))
    refused = generate(place, "-c", configuration, "--write-partitions", place.file("old.partitions"),
                       rosters, check=False)
    assert refused.returncode == 64 and read(place.file("old.partitions")) == before


def test_a_node_that_drains_gets_nobody(place, rosters):
    configuration = configure(place, to__im3__state="drain")
    report = generate(place, "-c", configuration, "--write-partitions",
                      place.file("redirect.partitions"), rosters).stdout
    written = Written(place)
    assert set(written.users) == {"im1", "im2"}
    assert all("im3" not in line for line in written.lines)
    assert "node im3" in report and "drains" in report


@pytest.mark.parametrize("arguments, words", [
    (["--partition-size", "500"], ["im1", "185", "4 partitions of 185"]),
    (["--partitions", "2"], ["3 nodes", "3 partitions"]),
    (["--partitions", "10", "--partition-size", "75"], ["11 partitions of 75"]),
], ids=["size", "number", "both"])
def test_limits_that_nodes_cannot_keep(place, rosters, configuration, arguments, words):
    result = generate(place, "-c", configuration, *arguments, rosters, check=False)
    assert result.returncode == 65
    assert all(word in result.stderr for word in words), result.stderr
    assert not os.path.exists(place.file("redirect.new.db"))


# Loads


def test_nodes_are_balanced_by_load(place, rosters, configuration):
    chance = random.Random(4)
    load = {name(circle, member): chance.choice([0.25, 1, 3.5]) * (1 + circle % 7)
            for circle in range(CIRCLES) for member in range(SIZE)}
    unnamed = name(3, 3)
    load[unnamed] = 1
    names = [*load, "stranger@im.example"]
    chance.shuffle(names)
    file = place.file("load.tsv", "".join(
        f"{user}\t{load.get(user, 9)}\n" for user in names if user != unnamed))
    report = generate(place, "-c", configuration, "--partition-size", "50", "--load", file, rosters).stdout
    written = Written(place)
    sessions = Counter()
    for user, number in written.home.items():
        sessions[written.primaries[number - 1]] += load[user]
    for node, weight in NODES.items():
        assert sessions[node] <= 1.03 * sum(load.values()) * weight / 4
    assert max(written.sizes.values()) <= 50
    assert "sessions" in report
    assert any(line.split()[:3] == ["without", "load", "1"] for line in report.splitlines())
    assert any(line.split()[:4] == ["loads", "left", "out", "1"] for line in report.splitlines())


@pytest.mark.parametrize("line, words", [
    (f"{name(0, 0)}\t1", "line 1 already"),
    (f"{name(0, 1)}\tmany", "not a number"),
    (f"{name(0, 1)}\t-1", "not a number"),
    (f"{name(0, 1)}\t5000000", "not a number"),
    (f"{name(0, 1)}\t", "not a number"),
    (name(0, 1), "no tab"),
    ("@im.example\t1", "not a user"),
    ("somebody\t1", "not a user"),
], ids=["twice", "words", "negative", "huge", "nothing", "tab", "name", "domain"])
def test_bad_loads_name_file_and_line(place, rosters, line, words):
    file = place.file("load.tsv", f"{name(0, 0)}\t1\n\n{line}\n")
    result = generate(place, "--partitions", "2", "--load", file, rosters, check=False)
    assert result.returncode == 65
    assert f"{file}:3: " in result.stderr and words in result.stderr, result.stderr
    assert not os.path.exists(place.file("redirect.new.db"))


# The other files


def test_the_tables_of_networks(place, rosters, configuration):
    generate(place, "-c", configuration, "--partition-size", "50",
             "--networks", place.file("networks.tsv"), rosters)
    users, networks = read(place.file("networks.tsv")).decode().split("# table: network, partition, users\n")
    network = dict(line.split("\t") for line in users.splitlines()[1:])
    home = Written(place).home
    assert users.startswith("# table: user, network\n") and list(network) == list(home)
    ties = [line.split("\t") for line in read(rosters).decode().splitlines()]
    assert all(network[a] == network[b] for a, b in ties)
    assert set(network.values()) == {str(number + 1) for number in range(len(set(network.values())))}
    counted = Counter((int(network[user]), number) for user, number in home.items())
    assert networks.splitlines() == [
        f"{one}\t{number}\t{count}" for (one, number), count in sorted(counted.items())]
    # A ring of circles with a gap behind every ninth.
    assert len({one for one, _ in counted}) == len(range(0, CIRCLES, 9))


@pytest.mark.parametrize("flag", ["--write-partitions", "--networks"])
def test_all_files_are_new_or_none(place, rosters, configuration, flag):
    old = place.file("redirect.new.db", "old")
    os.mkfifo(place.file("pipe"))
    result = generate(place, "-c", configuration, flag, place.file("pipe"), rosters, check=False)
    assert result.returncode == 73, result
    assert read(old) == b"old" and stat.S_ISFIFO(os.stat(place.file("pipe")).st_mode)
    assert not [entry for entry in os.listdir(place.path) if entry.endswith(".tmp")]


@pytest.mark.parametrize("output", ["rosters.tsv", "load.tsv", "redirect.conf", "redirect.new.db", "./redirect.new.db",
                                    "rdadmin.log"])
@pytest.mark.parametrize("flag", ["--write-partitions", "--networks"])
def test_outputs_are_no_inputs_and_not_each_other(place, rosters, configuration, flag, output):
    load = place.file("load.tsv", "")
    before = {path: read(path) for path in (rosters, load, configuration)}
    result = generate(place, "-c", configuration, "--load", load, flag, place.file(output), rosters,
                      check=False)
    assert result.returncode == 64, result
    assert before == {path: read(path) for path in before}
    assert not os.path.exists(place.file("redirect.new.db"))


@pytest.mark.parametrize("arguments", [
    ["--write-partitions", "p"], ["--node", "7"], ["--node", "a=0"], ["--node", "a=b"], ["--node", "a b"],
    ["--node", "a", "--node", "a"], ["--node", "a", "-c", "redirect.conf"], ["--load", "-", "-"],
], ids=lambda arguments: " ".join(arguments))
def test_flags_that_say_nothing_useful(place, rosters, configuration, arguments):
    result = generate(place, *arguments, rosters, check=False, input="")
    assert result.returncode == 64, result
