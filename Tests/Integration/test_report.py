"""`rdadmin generate --report`: the JSON counted again from the files, the page without a browser. With one: check_report.py."""

import base64
import collections
import hashlib
import json
import os
import re
from html.parser import HTMLParser

import jsonschema
import pytest
from lab.programs import ROOT, rdadmin
from reporting import CIRCLE, CIRCLES, Recount, write_rosters
from small import read

HOSTILE = """</script><script>alert(1)</script>'"&\\ é 𝄞 \u2028"""
VOID = {"meta", "rect", "br"}


def generate(place, *arguments, partitions=5, check=True):
    return rdadmin(place, "generate", "--partitions", str(partitions), "-o", "out.db", *arguments, "rosters.tsv", check=check)


@pytest.fixture
def rosters(place):
    path = place.file("rosters.tsv")
    write_rosters(path)
    return path


def load(place, name="report.json") -> dict:
    report = json.loads(read(place.file(name)))
    with open(os.path.join(ROOT, "docs/report.schema.json")) as file:
        schema = json.load(file)
    jsonschema.validate(report, schema)
    assert set(report) == set(schema["properties"])
    return report


@pytest.mark.parametrize("partitions", [1, 5, 70])
def test_the_json_is_what_the_files_say(place, rosters, partitions):
    generate(place, "--report", "report.json", "--set", HOSTILE, partitions=partitions)
    report, recount = load(place), Recount(rosters, place.file("out.db"))
    assert report["set"] == HOSTILE
    assert report["users"] == len(recount.partition_of) and report["ties"] == len(recount.weights)
    assert report["weight"] == sum(recount.weights.values())
    node_of = lambda number: report["partitions"][number - 1]["node"]
    for level, place_of in (("partitions", lambda number: number), ("nodes", node_of)):
        ties, weight = recount.cut(place_of)
        cut = report["cut"][level]
        assert (cut["ties"], cut["weight"]) == (ties, weight)
        assert cut["ties_share"] == pytest.approx(ties / report["ties"], abs=1e-6)
        assert cut["weight_share"] == pytest.approx(weight / report["weight"], abs=1e-6)
    assert report["presence"]["kept"] == pytest.approx(1 - report["cut"]["nodes"]["weight_share"], abs=2e-6)
    weights = [node["weight"] for node in report["nodes"]]
    assert report["presence"]["kept_by_chance"] == pytest.approx(
        sum((weight / sum(weights)) ** 2 for weight in weights), abs=1e-6)
    sizes = collections.Counter(recount.partition_of.values())
    assert [part["users"] for part in report["partitions"]] == [sizes[number + 1] for number in range(partitions)]
    assert all(part["users"] <= part["limit"] for part in report["partitions"] + report["nodes"])
    between = recount.between(lambda number: number)
    for part in report["partitions"]:
        number = part["number"]
        assert part["ties_inside"] == between[number, number]
        assert part["ties_leaving"] == sum(ties for pair, ties in between.items() if number in pair and pair[0] != pair[1])


@pytest.mark.parametrize("partitions", [5, 70])
def test_the_map_has_every_tie(place, rosters, partitions):
    generate(place, "--report", "report.json", partitions=partitions)
    report, recount = load(place), Recount(rosters, place.file("out.db"))
    grid = report["between"]
    assert grid["of"] == ("partitions" if partitions <= 64 else "runs of partitions")
    length = 1 if partitions <= 64 else 2
    expected = recount.between(lambda number: (number - 1) // length)
    for row, ties in enumerate(grid["ties"]):
        assert ties == [expected[min(row, column), max(row, column)] for column in range(len(grid["rows"]))]


def test_networks_that_were_cut_are_told(place, rosters):
    generate(place, "--report", "report.json")
    report, recount = load(place)["networks"], Recount(rosters, place.file("out.db"))
    networks = recount.networks()
    cut = [(number + 1, network) for number, network in enumerate(networks)
           if len({recount.partition_of[user] for user in network}) > 1]
    assert report["count"] == len(networks) == 31 and report["largest"] == CIRCLES * CIRCLE
    assert [entry["number"] for entry in report["cut"]] == [number for number, _ in cut]
    for entry, (_, network) in zip(report["cut"], cut):
        users = collections.Counter(recount.partition_of[user] for user in network)
        assert {part["partition"]: part["users"] for part in entry["parts"]} == users


class Outline(HTMLParser):
    """The tags of a page, properly nested, and the cells of its tables by caption."""

    def __init__(self, text: str):
        super().__init__()
        self.open, self.tables, self.tags, self.words = [], {}, collections.Counter(), ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        assert not any(name.startswith("on") or name in ("src", "style") for name, _ in attributes)
        self.tags[tag] += 1
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.rows, self.caption = [], ""
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attributes):
        self.tags[tag] += 1

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag == "table":
            assert self.caption
            self.tables[self.caption] = self.rows

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.words += data
        if "caption" in self.open:
            self.caption += data
        if self.open and {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data

    def table(self, words: str) -> list[list[str]]:
        return next(rows for caption, rows in self.tables.items() if words in caption)


def test_the_page_says_the_same_as_the_json(place, rosters):
    generate(place, "--report", "report.json", "--report", "report.html", "--set", HOSTILE)
    report, page = load(place), Outline(read(place.file("report.html")).decode())
    assert f"{report['presence']['kept'] * 100:.1f} %" in page.words
    assert HOSTILE in page.words and page.tags["script"] == 1
    number = lambda value: f"{value:,}"
    rows = page.table("Partitions")[1:]
    assert [[row[0], row[2], row[3]] for row in rows] == [
        [str(part["number"]), number(part["users"]), number(part["limit"])] for part in report["partitions"]]
    grid = page.table("Number of ties")
    assert [row[1:] for row in grid[1:]] == [[number(ties) for ties in row] for row in report["between"]["ties"]]
    cut = page.table("with a weight of")[-1]
    assert [cut[2], cut[4]] == [number(report["cut"]["partitions"][name]) for name in ("ties", "weight")]
    assert [[row[0], row[1]] for row in page.table("no tie")[1:]] == [
        [entry["reason"], number(entry["count"])] for entry in report["dropped"]]


def test_the_page_can_run_and_load_nothing_but_itself(place, rosters):
    generate(place, "--report", "report.html", "--set", HOSTILE)
    text = read(place.file("report.html")).decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy
    for tag in ("style", "script"):
        content = re.search(f"<{tag}>(.*?)</{tag}>", text, re.S)[1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not re.search(r"https?:|//", re.sub(r"<script>.*?</script>", "", text, flags=re.S).replace("</", ""))


def test_no_user_is_named(place, rosters):
    generate(place, "--report", "report.html", "--report", "report.json")
    for name in ("report.html", "report.json"):
        assert not re.search(r"u\d\d-\d\d|pair\d|alone\d|@im", read(place.file(name)).decode())


def test_the_same_run_gives_the_same_bytes(place, rosters):
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1790000000"}
    for name in ("one", "two"):
        rdadmin(place, "generate", "--partitions", "5", "-o", f"{name}.db", "--report", f"{name}.html", "--report",
                f"{name}.json", "rosters.tsv", env=environment)
    for form in ("html", "json"):
        assert read(place.file(f"one.{form}")) == read(place.file(f"two.{form}"))


def test_the_terminal_has_it_in_words(place, rosters):
    words = generate(place, "--report", "report.json").stdout
    report = load(place)
    values = {line.split("  ")[0].strip(): line for line in words.splitlines()}
    assert re.search(rf"\b{report['presence']['kept'] * 100:.2f}\b", values["at home"])
    assert re.search(rf"\b{report['presence']['kept_by_chance'] * 100:.2f} %", values["at home"])
    most = max(ties for row, cells in enumerate(report["between"]["ties"]) for ties in cells[:row])
    assert values["most ties"].split()[2] == str(most)
    assert values["networks cut"].split()[2] == str(report["networks"]["cut_between_partitions"])


@pytest.mark.parametrize("name", ["report.pdf", "report", ".html", "report.html.gz"])
def test_another_ending_is_an_error(place, rosters, name):
    result = generate(place, "--report", name, check=False)
    assert result.returncode == 64 and "html" in result.stderr and "json" in result.stderr
    assert not os.path.exists(os.path.join(place.path, "out.db"))


@pytest.mark.parametrize("reports", [
    ["rosters.json"], ["link.html"], ["out.db.html", "out.db.html"], ["a.html", "./a.html"]], ids=["input", "link", "twice", "spelt twice"])
def test_a_report_replaces_no_input_and_no_other_output(place, rosters, reports):
    os.link(rosters, place.file("rosters.json"))
    os.symlink("rosters.tsv", place.file("link.html"))
    before = read(rosters)
    result = generate(place, *[word for name in reports for word in ("--report", name)], check=False)
    assert result.returncode == 64 and reports[-1] in result.stderr
    assert read(rosters) == before and not os.path.exists(os.path.join(place.path, "out.db"))


def test_a_report_that_cannot_be_written_is_found_out_before_the_work(place, rosters):
    result = generate(place, "--report", "nowhere/report.html", check=False)
    assert result.returncode == 73 and "nowhere/report.html" in result.stderr
    assert not os.path.exists(os.path.join(place.path, "out.db"))


@pytest.mark.parametrize("text", ["one@im.example\n", "a@im.example\nb@im.example\n", "a@im.example\tb@im.example\n"],
                         ids=["one user", "no ties", "one tie"])
def test_the_smallest_of_all(place, text):
    place.file("rosters.tsv", text)
    generate(place, "--report", "report.json", "--report", "report.html", partitions=1)
    report = load(place)
    assert report["presence"]["kept"] == 1 and report["networks"]["cut"] == []
    assert "of presence stays at home" in Outline(read(place.file("report.html")).decode()).words


def test_a_pool_with_loads(place, rosters):
    """Nodes of different weights, several partitions each, limited by expected sessions; names come with everything names may have."""
    users = sorted({word for line in read(rosters).decode().splitlines() for word in line.split("\t") if word.endswith("@im.example")})
    place.file("loads.tsv", "".join(f"{user}\t{1 + number % 5 / 2}\n" for number, user in enumerate(users)))
    rdadmin(place, "generate", "--node", "north", "--node", "south=2", "--partition-size", "60", "--load", "loads.tsv", "-o", "out.db",
            "--report", "report.json", "--report", "report.html", "rosters.tsv")
    report, recount = load(place), Recount(rosters, place.file("out.db"))
    assert report["asked"]["partitions"] is None
    assert report["has_pool"] and [node["name"] for node in report["nodes"]] == ["north", "south"]
    node_of = {part["number"]: part["node"] for part in report["partitions"]}
    names = recount.header["primaries"].split(", ")
    assert [report["nodes"][node_of[number + 1]]["name"] for number in range(len(names))] == names
    assert report["presence"]["kept_by_chance"] == pytest.approx(5 / 9, abs=1e-6)
    ties, weight = recount.cut(node_of.get)
    assert (report["cut"]["nodes"]["ties"], report["cut"]["nodes"]["weight"]) == (ties, weight)
    assert report["cut"]["partitions"]["ties"] == recount.cut(lambda number: number)[0] > ties
    loads = dict(line.split("\t") for line in read(place.file("loads.tsv")).decode().splitlines())
    total = sum(map(float, loads.values()))
    for index, node in enumerate(report["nodes"]):
        members = [user for user, number in recount.partition_of.items() if node_of[number] == index]
        assert node["users"] == len(members)
        assert node["load"] == pytest.approx(sum(float(loads[user]) for user in members), abs=1e-3)
        assert node["load"] <= node["limit"] <= total * node["weight"] / 3 * 1.031 + 1
    assert all(part["users"] <= part["limit"] <= 60 and len(part["fallbacks"]) == 1 for part in report["partitions"])
    page = Outline(read(place.file("report.html")).decode())
    rows = page.table("expected sessions")
    assert [row[0] for row in rows[1:]] == ["north", "south"] and "load" in rows[0]
    assert len(page.table("with a weight of")) == 3


def test_beyond_64_partitions_the_map_is_of_nodes(place, rosters):
    rdadmin(place, "generate", "--node", "a", "--node", "b", "--node", "c=3", "--partition-size", "7", "-o", "out.db",
            "--report", "report.json", "--report", "report.html", "rosters.tsv")
    report, recount = load(place), Recount(rosters, place.file("out.db"))
    assert len(report["partitions"]) > 64 and report["between"]["of"] == "nodes" and report["between"]["rows"] == ["a", "b", "c"]
    expected = recount.between(lambda number: report["partitions"][number - 1]["node"])
    assert report["between"]["ties"] == [[expected[min(a, b), max(a, b)] for b in range(3)] for a in range(3)]
    page = Outline(read(place.file("report.html")).decode())
    assert "too many for a picture, so each row is a node" in page.words
    assert len(page.table("Partitions")) == len(report["partitions"]) + 1
