"""Rosters of real servers: generate, compile, look up."""

import csv
import json
import sqlite3

import pytest
from lab import Place
from lab.certificates import Authority
from lab.ejabberd import Ejabberd
from lab.programs import rdadmin
from small import read

DOMAINS = ["a.example", "b.example"]
CIRCLE = 10


@pytest.fixture(scope="module")
def people() -> dict[str, dict[str, str]]:
    """200 accounts in two domains, in circles of ten; half of each circle is of either domain."""
    names = [f"u{number:03}@{DOMAINS[number % 2]}" for number in range(200)]
    rosters = {}
    for number, name in enumerate(names):
        first = number - number % CIRCLE
        roster = {other: "both" for other in names[first:first + CIRCLE] if other != name}
        # None of these may hold anybody together.
        roster[names[(number + 57) % 200]] = "none"
        roster["somebody@elsewhere.example"] = "both"
        rosters[name] = roster
    return rosters


def homes(place: Place, people, *generate) -> dict[str, int]:
    database, compiled = place.file("redirect.new.db"), place.file("redirect.mdb")
    rdadmin(place, "generate", "--partitions", "4", "--output", database, *generate)
    rdadmin(place, "compile", database, "-o", compiled)
    lines = rdadmin(place, "lookup", compiled, *people).stdout.splitlines()
    return {line.split("\t")[0]: int(line.split("\t")[1]) for line in lines}


def circles_are_whole(people, home: dict[str, int]):
    assert set(home) == set(people)
    sizes = [list(home.values()).count(number) for number in (1, 2, 3, 4)]
    assert sizes == [50, 50, 50, 50]
    names = list(people)
    for first in range(0, 200, CIRCLE):
        assert len({home[name] for name in names[first:first + CIRCLE]}) == 1


def header(place: Place) -> dict[str, str]:
    lines = read(place.file("redirect.new.db")).decode().splitlines()
    return dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))


def test_an_export_of_ejabberd(place, people):
    authority = Authority(place)
    certificates = {domain: authority.certificate(domain) for domain in DOMAINS}
    server = Ejabberd(place, "ejabberd1", certificates, authority.root).start()
    server.fill(people)
    exported = server.export()
    server.process.stop()
    circles_are_whole(people, homes(place, people, exported))
    assert header(place)["ties"] == str(200 * (CIRCLE - 1) // 2)


def test_tsv_of_the_same_people(place, people):
    rosters = place.file("rosters.tsv", "".join(
        f"{name}\t{contact}\n" for name, roster in people.items()
        for contact, state in roster.items() if state == "both"))
    circles_are_whole(people, homes(place, people, rosters))
    assert header(place)["ties"] == str(200 * (CIRCLE - 1) // 2)


def test_a_dump_of_prosodys_sql_table(place, people):
    """The table that `mod_storage_sql` keeps, as `sqlite3 -csv -header` writes it."""
    database = sqlite3.connect(place.file("prosody.sqlite"))
    database.execute("CREATE TABLE prosody (host TEXT, user TEXT, store TEXT, key TEXT, "
                     "type TEXT, value TEXT)")
    for name, roster in people.items():
        user, host = name.split("@")
        database.execute("INSERT INTO prosody VALUES (?,?,'accounts','iteration_count','number','1')",
                         (host, user))
        for contact, state in roster.items():
            item = {"subscription": state, "groups": {"circle, the": True}, "name": 'the "one"'}
            database.execute("INSERT INTO prosody VALUES (?,?,'roster',?,'json',?)",
                             (host, user, contact, json.dumps(item)))
    database.commit()
    database.close()
    dumped = place.run(["sqlite3", "-csv", "-header", place.file("prosody.sqlite"),
                        "SELECT * FROM prosody"]).stdout
    assert len(list(csv.reader(dumped.splitlines()))) == 1 + 200 + 200 * (CIRCLE + 1)
    dump = place.file("prosody.csv", dumped)
    circles_are_whole(people, homes(place, people, "--format", "prosody", dump))
    assert header(place)["ties"] == str(200 * (CIRCLE - 1) // 2)


def test_an_xep_0227_file_of_each_user_of_prosody(network):
    """Fifty accounts of a real server, one file each: in the report and in the map."""
    text = read(network.database).decode()
    assert "# users: 50\n" in text
    # 10 circles with 10 ties each, and a ring of 10 ties between their first members.
    assert "# ties: 110\n" in text
    assert "NO OF PARTITIONS RUN: 2" in network.report
