"""A real PySpark reads rosters from a warehouse (Parquet) and writes what `generate` reads and what `compile` reads. The commands
are those of docs/warehouse.md."""

import collections
import csv
import os
import random
import re
import shlex

import pytest
from lab import Place
from lab.programs import ROOT, rdadmin
from small import read

VENV = os.path.join(ROOT, ".build/warehouse/venv")
SPARK = os.environ.get("SPARK", os.path.join(VENV, "bin"))
JOBS = os.path.join(ROOT, "scripts/spark")
DOMAINS = ["a.example", "b.example"]
CIRCLES, CIRCLE = 60, 25
PARTITIONS = 8
# A job takes ten seconds here; a loaded machine takes many times that.
SECONDS = 900
# Small tables: most of the time of a job is Java's compiler, which pays off for large ones only.
OPTIONS = ["--master", "local[2]", "--conf", "spark.sql.shuffle.partitions=4", "--conf", "spark.ui.enabled=false",
           "--conf", "spark.sql.adaptive.enabled=false", "--driver-java-options", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"]
# Both ways must write the same time.
ENVIRONMENT = {**os.environ, "SOURCE_DATE_EPOCH": "1790000000", "PYSPARK_PYTHON": os.path.join(SPARK, "python"),
               "SPARK_LOCAL_IP": "127.0.0.1"}


def people() -> list[list[str]]:
    """Circles of users over two domains; letters that sort differently by bytes and by locale."""
    names = ["{}", "zoë{}", "{}é", "_{}", "{}-x", "日本{}", "𝄞{}"]
    return [[f"{names[(i + j) % len(names)].format(f'u{i:02}{j:02}')}@{DOMAINS[(i * 7 + j // 9) % 2]}" for j in range(CIRCLE)]
            for i in range(CIRCLES)]


def rosters() -> list[tuple[str, str, str, str]]:
    """Rows of ejabberd's table: user, host, contact, subscription; with everything that is no tie."""
    chance = random.Random(5)
    circles = people()
    rows = []
    for number, circle in enumerate(circles):
        for user in circle:
            owner, host = user.split("@")
            # The last of each circle is alone.
            contacts = chance.sample(circle[:-1], 6) if user != circle[-1] else []
            contacts += [chance.choice(circles[chance.randrange(CIRCLES)][:-1]) for _ in range(2)] if contacts else []
            for contact in dict.fromkeys(contacts):
                letter = chance.choice("BBBBTTFFN")
                # Rosters from elsewhere are not always as canonical as servers make them.
                written = contact.upper() if chance.random() < 0.1 else contact
                rows.append((owner, host, written + ("/home" if chance.random() < 0.05 else ""), letter))
            rows.append((owner, host, f"friend{number}@elsewhere.example", "B"))
            rows.append((owner, host, "irc.a.example", "T"))
    return rows


class Warehouse:
    """A directory with the table, as Parquet and as the dump that `generate` reads itself."""

    def __init__(self, place: Place):
        self.place = place
        self.rows = rosters()
        with open(place.file("rosterusers.csv"), "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["username", "server_host", "jid", "subscription"])
            writer.writerows(self.rows)
        place.file("fill.py", """
import sys
from pyspark.sql import SparkSession
from pyspark.sql import functions as f
spark = SparkSession.builder.getOrCreate()
table = spark.read.csv("rosterusers.csv", header=True)
table.select(f.concat_ws("@", "username", "server_host").alias("owner"), f.col("jid").alias("contact"), "subscription") \\
    .repartition(5).write.parquet("rosters.parquet")
""")
        self.submit("fill.py")

    def run(self, command: str, check=True):
        """A line of the docs, in this directory."""
        words = shlex.split(command)
        if words[0] == "spark-submit":
            return self.submit(*words[1:], check=check)
        assert words[0] == "rdadmin"
        return rdadmin(self.place, *words[1:], check=check, env=ENVIRONMENT, seconds=SECONDS)

    def submit(self, *arguments, check=True):
        words = [word.replace("scripts/spark", JOBS) for word in arguments]
        return self.place.run([os.path.join(SPARK, "spark-submit"), *OPTIONS, *words], check=check, seconds=SECONDS,
                              cwd=self.place.path, env=ENVIRONMENT)

    def path(self, name: str) -> str:
        return os.path.join(self.place.path, name)

    def placed(self, name: str) -> dict[str, int]:
        with open(self.path(name), encoding="utf-8") as file:
            lines = [line.rstrip("\n") for line in file if not line.startswith("# ")]
        assert lines == sorted(lines, key=lambda line: line.encode())
        return {user: int(number) for user, number in (line.split("\t") for line in lines)}


@pytest.fixture(scope="module")
def warehouse():
    with Place("redirect-edge-warehouse") as place:
        yield Warehouse(place)


def documented(heading: str) -> list[str]:
    """The commands of one section of the docs."""
    with open(os.path.join(ROOT, "docs/warehouse.md"), encoding="utf-8") as file:
        section = file.read().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"```\n(.*?)```", section, re.S)
    return [line for block in blocks for line in block.replace("\\\n", " ").splitlines()
            if line.startswith(("spark-submit ", "rdadmin "))]


def test_ties_from_the_warehouse_make_the_same_map_as_the_dump(warehouse):
    commands = documented("Rosters to ties")
    assert [command.split()[:2] for command in commands] == [
        ["spark-submit", "scripts/spark/ties.py"], ["rdadmin", "generate"], ["rdadmin", "compile"]]
    for command in commands:
        warehouse.run(command)
    limits = " ".join(re.findall(r"--part\S+ \d+", commands[1]))
    warehouse.place.directory("direct")
    warehouse.run(f"rdadmin generate {limits} -o direct/redirect.new.db rosterusers.csv")
    warehouse.run("rdadmin compile direct/redirect.new.db -o direct/redirect.mdb")
    assert len(warehouse.placed("redirect.new.db")) == CIRCLES * CIRCLE
    assert read(warehouse.path("redirect.new.db")) == read(warehouse.path("direct/redirect.new.db"))
    assert read(warehouse.path("redirect.mdb")) == read(warehouse.path("direct/redirect.mdb"))


def tie_cut(rows, placed: dict[str, int]) -> float:
    ties = set()
    for owner, host, contact, letter in rows:
        one, other = f"{owner}@{host}", contact.split("/")[0].lower()
        if letter != "N" and other in placed and one != other:
            ties.add(frozenset((one, other)))
    return sum(len({placed[user] for user in tie}) > 1 for tie in ties) / len(ties)


def test_partitions_made_in_sql_become_a_map(warehouse):
    commands = documented("Rosters to partitions, without `generate`")
    for command in commands:
        warehouse.run(command)
    placed = warehouse.placed("by-spark.db")
    assert set(placed) == {user for circle in people() for user in circle}
    sizes = collections.Counter(placed.values())
    assert len(sizes) == PARTITIONS and max(sizes.values()) - min(sizes.values()) <= 1
    cut = tie_cut(warehouse.rows, placed)
    assert cut < 0.6, cut  # 0.875 at random
    # Twice the same.
    first = read(warehouse.path("by-spark.db"))
    warehouse.run(commands[0])
    assert read(warehouse.path("by-spark.db")) == first


def test_a_table_of_partitions_becomes_a_map(warehouse):
    """Whatever engine decided: a table of users and partitions; the order of bytes is Spark's own."""
    warehouse.place.file("decide.py", """
from pyspark.sql import SparkSession
from pyspark.sql import functions as f
spark = SparkSession.builder.getOrCreate()
table = spark.read.parquet("rosters.parquet").select(f.col("owner").alias("user")).distinct()
table.select("user", (f.pmod(f.hash("user"), f.lit(8)) + 1).alias("partition")).repartition(3).write.parquet("placed.parquet")
""")
    warehouse.submit("decide.py")
    for command in documented("Partitions to `redirect.db`"):
        warehouse.run(command)
    placed = warehouse.placed("placed.db")
    assert set(placed) == {user for circle in people() for user in circle}
    shown = warehouse.run("rdadmin dump placed.mdb").stdout
    assert shown == read(warehouse.path("placed.db")).decode()
    # An engine that sorts by a locale: compile says which line, --normalize puts it right.
    header, lines = [], []
    for line in shown.splitlines(keepends=True):
        (header if line.startswith("# ") else lines).append(line)
    warehouse.place.file("sorted.db", "".join(header + sorted(lines, key=str.casefold, reverse=True)))
    refused = warehouse.run("rdadmin compile sorted.db", check=False)
    assert refused.returncode == 65 and "sorted.db:" in refused.stderr
    warehouse.run("rdadmin compile --normalize sorted.db -o normalized.mdb")
    assert read(warehouse.path("normalized.mdb")) == read(warehouse.path("placed.mdb"))


def test_a_table_that_is_not_right_leaves_no_file(warehouse):
    result = warehouse.run("spark-submit scripts/spark/redirect_db.py --placed rosters.parquet --output bad.db", check=False)
    assert result.returncode != 0 and not os.path.exists(warehouse.path("bad.db"))
