"""The forms of `rdadmin` and `redirect-edge` that scripts may rely on."""

import os
import re
import stat

import pytest
from lab.programs import EDGE, rdadmin, write_configuration
from small import compile_map, database, read, small_edge

VERBS = ["generate", "compile", "dump", "lookup", "stat", "check"]

USERS = {"alice@im.example": 1, "bob@im.example": 2, "zoë@im.example": 2}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(place, verb):
    result = rdadmin(place, verb, "--help")
    assert f"USAGE: rdadmin {verb}" in result.stdout


def test_the_program_names_its_verbs(place):
    text = rdadmin(place, "--help").stdout
    assert all(verb in text for verb in VERBS)
    assert "Exit codes: 0" in text
    assert re.match(r"\d+\.\d+", rdadmin(place, "--version").stdout)


def test_wrong_usage_is_64(place):
    for arguments in (["compile"], ["generate", "--colour", "blue"], ["sing"]):
        assert rdadmin(place, *arguments, check=False).returncode == 64


# compile, dump, lookup, stat


def test_compile_is_reproducible_and_dump_gives_the_input_back(place):
    first = compile_map(place, "first", USERS, note="kept word for word")
    second = compile_map(place, "second", USERS, note="kept word for word")
    assert read(first) == read(second)
    assert stat.S_IMODE(os.stat(first).st_mode) == 0o444
    assert rdadmin(place, "dump", first).stdout == read(place.file("first.db")).decode()


def test_lookup_tells_partition_and_nodes(place):
    edge = small_edge(place, {"inside": "plain"}, USERS)
    edge.write()
    path = place.file("redirect.mdb")
    plain = rdadmin(place, "lookup", path, "alice@im.example", "Bob@IM.example/phone")
    assert [line.split("\t")[:2] for line in plain.stdout.splitlines()] == [
        ["alice@im.example", "1"], ["bob@im.example", "2"]]
    with_nodes = rdadmin(place, "lookup", "-c", edge.configuration, path, "zoë@im.example").stdout
    assert with_nodes.split("\t")[:2] == ["zoë@im.example", "2"]
    assert re.split(r"[\t, ]+", with_nodes.strip())[2:4] == ["im2", "im1"]


def test_lookup_names_draining_nodes_last(place):
    """As an edge sends people: nobody new to a node that drains."""
    edge = small_edge(place, {"inside": "plain"})
    edge.write(redirect__to__im1__state="drain")
    found = rdadmin(place, "lookup", "-c", edge.configuration, place.file("redirect.mdb"),
                    "alice@im.example")
    assert found.stdout == "alice@im.example\t1\tim2\tim1\n"
    assert not found.stderr


def test_lookup_says_when_an_edge_would_not_use_the_two_together(place):
    edge = small_edge(place, {"inside": "plain"})
    compile_map(place, "redirect", USERS, set="monday")
    place.file("redirect.partitions", "# set: tuesday\nim1, im2\nim2, im1\n")
    edge.write(jid__profile="precis")
    found = rdadmin(place, "lookup", "-c", edge.configuration, place.file("redirect.mdb"),
                    "alice@im.example")
    assert found.stdout == "alice@im.example\t1\tim1\tim2\n"
    assert "set monday" in found.stderr and "precis" in found.stderr


def test_lookup_of_an_unknown_user_is_1(place):
    path = compile_map(place, "map", USERS)
    result = rdadmin(place, "lookup", path, "alice@im.example", "nobody@im.example", check=False)
    assert result.returncode == 1
    assert result.stdout.splitlines()[0] == "alice@im.example\t1"
    assert "nobody@im.example" in result.stdout + result.stderr


def test_stat_counts(place):
    text = rdadmin(place, "stat", compile_map(place, "map", USERS, generation=42)).stdout
    assert re.search(r"users\W+3\b", text) and re.search(r"partitions\W+2\b", text)
    assert re.search(r"generation\W+42\b", text)


@pytest.mark.parametrize("what, change, word", [
    ("out of order", lambda text: text.replace("alice@", "carol@"), ":7"),
    ("not canonical", lambda text: text.replace("alice@", "Alice@"), ":6"),
    ("twice", lambda text: text + text.splitlines()[-1] + "\n", ":9"),
    ("partition 0", lambda text: text.replace("alice@im.example\t1", "alice@im.example\t0"), ":6"),
    ("a partition too many", lambda text: text.replace("\t1\n", "\t3\n"), ":6"),
    ("no partition", lambda text: text.replace("bob@im.example\t2", "bob@im.example"), ":7"),
    ("a newer format", lambda text: text.replace("format: 1", "format: 99"), ":1"),
    ("users miscounted", lambda text: text.replace("users: 3", "users: 4"), "4"),
    ("empty", lambda text: "", "format"),
])
def test_compile_refuses(place, what, change, word):
    target = compile_map(place, "map", USERS)
    before = read(target)
    source = place.file("bad.db", change(database(USERS)))
    result = rdadmin(place, "compile", source, "-o", target, check=False)
    assert result.returncode not in (0, 64), what
    assert word in result.stderr, f"{what}: {result.stderr}"
    assert "bad.db" in result.stderr
    assert read(target) == before, "the old map was touched"
    assert sorted(os.listdir(place.path)) == sorted(
        {"bad.db", "map.db", "map.mdb"} | set(os.listdir(place.path)) & {"rdadmin.log"})


def test_compile_normalizes_when_asked(place):
    header = database(USERS).split("alice")[0]
    source = place.file("mixed.db", header + "bob@im.example\t2\nZOË@IM.example\t2\nalice@im.example\t1\n")
    assert rdadmin(place, "compile", source, "-o", place.file("m"), check=False).returncode != 0
    rdadmin(place, "compile", "--normalize", source, "-o", place.file("mixed.mdb"))
    assert read(place.file("mixed.mdb")) == read(compile_map(place, "right", USERS))


def test_a_damaged_map_is_named(place):
    path = compile_map(place, "map", USERS)
    damaged = place.file("damaged.mdb", read(path)[:-3])
    for verb in (["dump", damaged], ["stat", damaged], ["lookup", damaged, "alice@im.example"]):
        result = rdadmin(place, *verb, check=False)
        assert result.returncode > 1 and "damaged.mdb" in result.stderr


# generate


def circles(count: int, size: int) -> str:
    """TSV: `count` circles of `size` users, everybody lists the others of his circle."""
    lines = []
    for circle in range(count):
        names = [f"u{circle:02}x{member}@im.example" for member in range(size)]
        lines += [f"{a}\t{b}\n" for a in names for b in names if a != b]
    return "".join(lines)


def generate(place, *arguments, check=True, **more):
    return rdadmin(place, "generate", "--output", place.file("out.db"), *arguments, check=check, **more)


def test_generate_reports_and_cuts_between_circles(place):
    rosters = place.file("rosters.tsv", circles(12, 6))
    report = generate(place, "--partitions", "4", "--seed", "7", rosters).stdout
    assert "NO OF PARTITIONS RUN: 4" in report
    assert re.search(r"users\W+72\b", report, re.I)
    assert "NO OF PARTITIONS RUN: 4" in read(place.file("rdadmin.log")).decode()
    lines = [line.split("\t") for line in read(place.file("out.db")).decode().splitlines()
             if not line.startswith("#")]
    assert len(lines) == 72 and lines == sorted(lines)
    home = {user: int(number) for user, number in lines}
    assert set(home.values()) == {1, 2, 3, 4}
    for circle in range(12):
        assert len({home[f"u{circle:02}x{member}@im.example"] for member in range(6)}) == 1


def test_generate_is_deterministic(place):
    rosters = place.file("rosters.tsv", circles(40, 7))
    outputs = set()
    for _ in range(2):
        generate(place, "--partitions", "5", "--seed", "3", rosters,
                 env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})
        outputs.add(read(place.file("out.db")))
        os.unlink(place.file("out.db"))
    assert len(outputs) == 1


def test_generate_reads_standard_input(place):
    generate(place, "--partitions", "2", "-", input=circles(4, 5))
    assert "# users: 20\n" in read(place.file("out.db")).decode()


@pytest.mark.parametrize("arguments, words", [
    (["--partitions", "2", "--partition-size", "5"], ["4"]),  # 20 users need 4 partitions of 5
    (["--partitions", "30"], ["20"]),  # more partitions than users
])
def test_generate_says_why_limits_cannot_hold(place, arguments, words):
    rosters = place.file("rosters.tsv", circles(4, 5))
    result = generate(place, *arguments, rosters, check=False)
    assert result.returncode not in (0, 64)
    assert all(word in result.stderr for word in words), result.stderr
    assert not os.path.exists(place.file("out.db"))


def test_generate_names_file_and_line_of_a_bad_roster(place):
    rosters = place.file("rosters.tsv", "alice@im.example\tbob@im.example\nalice@im.example\tb\tmany\n")
    result = generate(place, "--partitions", "1", rosters, check=False)
    assert result.returncode not in (0, 64)
    assert "rosters.tsv:2" in result.stderr


# check


def test_check_finds_nothing_wrong(place):
    edge = small_edge(place, {"inside": "plain"}, USERS)
    edge.write()
    assert rdadmin(place, "check", "-c", edge.configuration).returncode == 0


@pytest.mark.parametrize("keys, file, content, words", [
    ({"redirect.db.partitionsize": 1}, None, None, ["partition 2"]),
    ({}, "redirect.partitions", "im1\nnobody\n", ["redirect.partitions:2", "nobody"]),
    ({}, "redirect.mdb", "no map", ["redirect.mdb"]),
    ({"redirect.shape": "round"}, None, None, ["redirect.shape"]),
])
def test_check_names_each_violation(place, keys, file, content, words):
    edge = small_edge(place, {"inside": "plain"}, USERS)
    edge.keys |= keys
    edge.write()
    if file:
        os.unlink(place.file(file))
        place.file(file, content)
    result = rdadmin(place, "check", "-c", edge.configuration, check=False)
    assert result.returncode == 1
    assert all(word in result.stdout + result.stderr for word in words), result


@pytest.mark.parametrize("rules, words", [
    ("^a -> 2\n^b -> 3\n", ["redirect.regex:2", "partition 3", "the last one is 2"]),
    ("^a -> 2\n", None),
])
def test_check_finds_rules_that_lead_nowhere(place, rules, words):
    edge = small_edge(place, {"inside": "plain"}, USERS, redirect__provider="db, regex, hash",
                      redirect__regex__rules=place.file("redirect.regex", rules))
    edge.write()
    result = rdadmin(place, "check", "-c", edge.configuration)
    found = [line for line in result.stdout.splitlines() if "redirect.regex" in line]
    if words is None:
        assert not found
    else:
        assert len(found) == 1 and found[0].startswith("warning: ")
        assert all(word in found[0] for word in words)


def test_check_finds_a_pool_that_drains(place):
    edge = small_edge(place, {"inside": "plain"}, USERS)
    edge.keys |= {f"redirect.to.im{number}.state": "drain" for number in (1, 2, 3)}
    edge.write()
    result = rdadmin(place, "check", "-c", edge.configuration, check=False)
    assert "every node" not in result.stdout
    edge.write(redirect__to__im4__state="drain")
    result = rdadmin(place, "check", "-c", edge.configuration, check=False)
    assert result.returncode == 1 and "every node" in result.stdout


# redirect-edge


def test_the_edge_explains_itself(place):
    text = place.run([EDGE, "--help"]).stdout
    assert all(word in text for word in ("--check", "SIGHUP", "SIGTERM", "Exit codes"))
    assert re.search(r"\d+\.\d+", place.run([EDGE, "--version"]).stdout)


def test_the_edge_checks(place):
    edge = small_edge(place, {"inside": "plain"}, USERS)
    edge.write()
    assert place.run([EDGE, "-c", edge.configuration, "--check"]).returncode == 0
    place.file("redirect.partitions", "nobody\n")
    result = place.run([EDGE, "-c", edge.configuration, "--check"], check=False)
    assert result.returncode == 1 and "redirect.partitions:1" in result.stderr


@pytest.mark.parametrize("keys, words", [
    ({"redirect.mode": "carry"}, ["redirect.mode", "carry"]),
    # It needs to know where to.
    ({"redirect.mode": "observe"}, ["observe", "redirect.observe.node"]),
    ({"redirect.to.im1.host": None}, ["im1"]),
    ({"redirect.flavour": "sweet"}, ["edge.conf:", "redirect.flavour"]),
    ({"log.level": "loud"}, ["edge.conf:", "log.level", "loud"]),
    ({"redirect.to.im1.host": "not an address"}, ["edge.conf:", "redirect.to.im1.host"]),
    ({"listener.inside.proxy": "maybe"}, ["listener.inside.proxy"]),
])
def test_the_edge_does_not_start_with_a_bad_configuration(place, keys, words):
    edge = small_edge(place, {"inside": "plain"}, USERS)
    edge.keys |= keys
    edge.write()
    result = place.run([EDGE, "-c", edge.configuration], check=False, seconds=10)
    assert result.returncode == 78
    assert all(word in result.stderr for word in words), result.stderr


def test_keys_of_the_original_work(place):
    """`iim_server.` before a key, quotes around a value, `!` comments."""
    edge = small_edge(place, {"inside": "plain"}, USERS)
    edge.write()
    keys = {f"iim_server.{key}": f'"{value}"' for key, value in edge.keys.items()}
    write_configuration(edge.configuration, keys)
    with open(edge.configuration, "a") as file:
        file.write("! a comment of the original\n")
    assert place.run([EDGE, "-c", edge.configuration, "--check"]).returncode == 0


def test_flags_beat_environment_beats_file(place):
    edge = small_edge(place, {"inside": "plain"}, USERS)
    edge.write(log__level="loud")
    command = [EDGE, "-c", edge.configuration, "--check"]
    environment = {**os.environ, "REDIRECT_EDGE_LOG_LEVEL": "debug"}
    assert place.run(command, check=False).returncode == 1
    assert place.run(command, env=environment).returncode == 0
    worse = [*command, "--set", "log.level=louder"]
    assert place.run(worse, check=False, env=environment).returncode == 1
