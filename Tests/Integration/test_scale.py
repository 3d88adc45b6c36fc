"""Real sizes: ten million users, eighty thousand with their contacts."""

import random
import re
import time

import pytest
from lab import Place
from lab.programs import RDADMIN, rdadmin
from small import read

pytestmark = pytest.mark.alone

MIB = 1024 * 1024
USERS = 10_000_000
PARTITIONS = 1600


def write_database(path: str):
    with open(path, "w", buffering=MIB) as file:
        file.write(f"# format: 1\n# generation: 1\n# profile: nodeprep\n# partitions: {PARTITIONS}\n"
                   f"# users: {USERS}\n")
        for start in range(0, USERS, 10_000):
            file.write("".join(f"user{number:08}@im.example\t{number * 7919 % PARTITIONS + 1}\n"
                               for number in range(start, start + 10_000)))


def run_watched(place: Place, *arguments) -> tuple[float, int]:
    """Seconds, and the most anonymous memory that was seen, in bytes."""
    begin = time.monotonic()
    process = place.start("rdadmin", [RDADMIN, *arguments], directory=place.path)
    most = 0
    while process.running:
        try:
            with open(f"/proc/{process.pid}/status") as lines:
                found = re.search(r"RssAnon:\s+(\d+) kB", lines.read())
            most = max(most, int(found.group(1)) * 1024 if found else 0)
        except FileNotFoundError:
            pass
        time.sleep(0.02)
    assert process.exit_code == 0, process.log
    return time.monotonic() - begin, most


def test_ten_million_users(place):
    source, first, second = (place.file(name) for name in ("redirect.db", "one.mdb", "two.mdb"))
    write_database(source)
    seconds, memory = run_watched(place, "compile", source, "-o", first)
    print(f"10 million users compiled in {seconds:.1f} s with {memory / MIB:.0f} MiB")
    assert seconds < 20
    assert memory < 200 * MIB
    rdadmin(place, "compile", source, "-o", second)
    place.run(["cmp", first, second])
    place.run(["bash", "-c", f"'{RDADMIN}' dump '{first}' | cmp - '{source}'"])
    user = f"user{4_711_000:08}@im.example"
    told = rdadmin(place, "lookup", first, user).stdout
    assert told == f"{user}\t{4_711_000 * 7919 % PARTITIONS + 1}\n"


@pytest.fixture
def society(place) -> str:
    """80,000 users and 1.3 million ties, 4 of 5 of them inside 400 circles of 200."""
    chance = random.Random(1)
    path = place.file("rosters.tsv")
    with open(path, "w") as file:
        for number in range(1_300_000):
            one = chance.randrange(80_000)
            if number % 5:
                other = one - one % 200 + chance.randrange(200)
            else:
                other = chance.randrange(80_000)
            if one != other:
                file.write(f"u{one}@im.example\tu{other}@im.example\n")
    return path


def test_eighty_thousand_users_with_their_contacts(place, society):
    output = place.file("redirect.new.db")
    arguments = ["generate", "--partitions", "16", "--partition-size", "5300", "--output", output]
    seconds, memory = run_watched(place, *arguments, society)
    print(f"generated in {seconds:.1f} s with {memory / MIB:.0f} MiB")
    assert seconds < 30
    sizes = [0] * 17
    for line in read(output).decode().splitlines():
        if not line.startswith("#"):
            sizes[int(line.split("\t")[1])] += 1
    assert sum(sizes) == 80_000 and sizes[0] == 0
    assert max(sizes) <= 5300
    report = read(place.file("rdadmin.log")).decode()
    # A fifth of the ties goes anywhere: 15 of 16 of these are cut whatever one does.
    cut = float(re.search(r"ties cut\s+([\d.]+)", report).group(1))
    assert cut < 30, report
