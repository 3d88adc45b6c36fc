"""How `rdadmin generate` reads much, and only what has changed: --memory, --spill, --input-cache."""

import os
import random
import signal
import subprocess
import time

import pytest
from lab.programs import RDADMIN, rdadmin
from small import read

CLOCK = {**os.environ, "SOURCE_DATE_EPOCH": "1"}


def generate(place, *arguments, **more):
    """The bytes of redirect.db, and what was said on standard error."""
    output = place.file("redirect.new.db")
    if os.path.exists(output):
        os.remove(output)
    ended = rdadmin(place, "generate", "--partitions", "3", "--output", output, *arguments, env=CLOCK, **more)
    return read(output), ended.stderr


def settle():
    """A file that was written this moment is not kept: another change within the same tick would not show."""
    time.sleep(0.1)


@pytest.fixture
def rosters(place):
    """A directory of small lists whose users know each other across files, and a document in parts."""
    source = random.Random(7)
    for number in range(40):
        lines = [f"u{number * 10 + source.randrange(10)}@x.example\tu{source.randrange(420)}@x.example"
                 for _ in range(60)]
        place.file(f"rosters/{number:02}.tsv", "\n".join(lines) + "\n")
    spaces = "xmlns='urn:xmpp:pie:0' xmlns:xi='http://www.w3.org/2001/XInclude'"
    place.file("rosters/main.xml", f"<server-data {spaces}><xi:include href='part.xml'/></server-data>")
    place.file("rosters/part.xml", f"<host {spaces} jid='x.example'><user name='u3'><query xmlns='jabber:iq:roster'>"
               "<item jid='u77@x.example' subscription='both'/></query></user></host>")
    place.file("rosters/alone.xml", f"<host {spaces} jid='y.example'><user name='u3'/></host>")
    settle()
    return place.file("rosters")


def warm(place, rosters):
    return generate(place, "--input-cache", place.file("cache"), rosters)


def volumes(place):
    return sorted(os.listdir(place.file("cache")))


def test_what_has_not_changed_is_not_read_again(place, rosters):
    plain, _ = generate(place, rosters)
    files = len(os.listdir(rosters))
    for unchanged in (0, files, files):
        found, said = warm(place, rosters)
        assert found == plain
        # Of the document's files only the one that includes the others is an input, and each part is known as such.
        assert f"input cache: {unchanged} of {files} files have not changed" in said
    assert len(volumes(place)) == 1


@pytest.mark.parametrize("change", ["changed", "removed", "added", "touched", "included", "swapped"])
def test_what_has_changed_is_read_again(place, rosters, change):
    before, _ = warm(place, rosters)
    files = len(os.listdir(rosters))
    one = os.path.join(rosters, "05.tsv")
    if change == "changed":
        place.file("rosters/05.tsv", "new@x.example\tu3@x.example\n")
    elif change == "removed":
        os.remove(one)
    elif change == "added":
        place.file("rosters/055.tsv", "new@x.example\tu3@x.example\n")
    elif change == "touched":
        os.utime(one)
    elif change == "swapped":
        # The same name, size and time; another file.
        status = os.stat(one)
        place.file("beside", read(one).replace(b"u5", b"u6"))
        os.utime(place.file("beside"), ns=(status.st_atime_ns, status.st_mtime_ns))
        os.rename(place.file("beside"), one)
    else:
        os.utime(os.path.join(rosters, "part.xml"))
    settle()
    plain, _ = generate(place, rosters)
    left = {"changed": files - 1, "removed": files - 1, "added": files, "touched": files - 1,
            "swapped": files - 1, "included": files - 2}[change]
    found, said = warm(place, rosters)
    assert found == plain and (found == before) == (change in ("touched", "included"))
    assert f"input cache: {left} of " in said
    found, said = warm(place, rosters)
    assert found == plain
    here = len(os.listdir(rosters))
    assert f"input cache: {here} of {here} files" in said


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "foreign"])
def test_a_damaged_cache_is_as_if_there_was_none(place, rosters, damage):
    plain, _ = warm(place, rosters)
    path = place.file(f"cache/{volumes(place)[0]}")
    content = bytearray(read(path))
    content[len(content) // 2] ^= 4
    place.file(f"cache/{volumes(place)[0]}",
               {"flip": bytes(content), "cut": bytes(content[:1000]), "empty": b"",
                "foreign": b"something else " * 1000}[damage])
    found, said = warm(place, rosters)
    assert found == plain
    assert "is damaged" in said and "input cache: 0 of " in said
    found, said = warm(place, rosters)
    assert found == plain and "is damaged" not in said and "input cache: 0 of" not in said
    assert len(volumes(place)) == 1


def test_jobs_with_other_inputs_or_options_keep_apart(place, rosters):
    warm(place, rosters)
    other, _ = generate(place, "--input-cache", place.file("cache"), os.path.join(rosters, "05.tsv"))
    assert len(volumes(place)) == 2
    narrow, said = generate(place, "--input-cache", place.file("cache"), "--domain", "x.example", rosters)
    assert narrow == generate(place, "--domain", "x.example", rosters)[0]
    # The same files, read with other options: what was kept is of no use.
    assert "input cache: 0 of" in said and len(volumes(place)) == 2
    assert other == generate(place, os.path.join(rosters, "05.tsv"))[0]


def test_many_changes_leave_few_files(place, rosters):
    for number in range(12):
        place.file(f"rosters/{number:02}.tsv", f"new{number}@x.example\tu{number}@x.example\n")
        settle()
        found, _ = warm(place, rosters)
    assert found == generate(place, rosters)[0]
    assert len(volumes(place)) <= 4


def test_entries_beyond_the_memory_change_nothing(place):
    """Some 1.2 million entries, of which 8 MiB may stay in memory."""
    source = random.Random(3)
    lines = [f"u{source.randrange(2000)}@x.example\tu{source.randrange(20_000)}@x.example\n" for _ in range(1_200_000)]
    big = place.file("big.tsv", "".join(lines))
    spill = place.directory("spill")
    every, _ = generate(place, "--partition-size", "9000", big, seconds=120)
    some, _ = generate(place, "--partition-size", "9000", "--memory", "16M", "--spill", spill, big, seconds=120)
    assert every == some
    assert os.listdir(spill) == []
    # So there was a spill.
    ended = rdadmin(place, "generate", "--only-read", "--memory", "16M", "--spill", place.file("nosuch"), big, check=False)
    assert ended.returncode == 73 and "nosuch: cannot create a temporary file there" in ended.stderr


def test_a_graph_beyond_the_memory_changes_nothing(place):
    """Some 300,000 ties, whose rows are more than the 2 MiB of a graph that may stay in memory; and no room for them."""
    source = random.Random(5)
    big = place.file("big.tsv", "".join(
        f"u{source.randrange(15_000)}@x.example\tu{source.randrange(15_000)}@x.example\n" for _ in range(300_000)))
    spill = place.directory("spill")
    more = ["--node", "im1", "--node", "im2", "--node", "im3", "--partition-size", "5150"]
    every, _ = generate(place, *more, big, seconds=120)
    some, _ = generate(place, *more, "--memory", "16M", "--spill", spill, big, seconds=120)
    assert every == some
    assert os.listdir(spill) == []
    output = place.file("redirect.new.db")
    full = place.run(
        ["unshare", "-m", "sh", "-c", f'mount -t tmpfs -o size=1m none {spill} && exec "$@"', "sh", RDADMIN, "generate",
         "--partitions", "3", "-o", output, *more, "--memory", "16M", "--spill", spill, big], check=False, seconds=120)
    assert full.returncode == 74
    assert full.stderr.splitlines()[-1] == f"{spill}: cannot write a temporary file there: No space left on device"
    assert read(output) == every


def test_only_reading_writes_nothing(place, rosters):
    before = sorted(os.listdir(place.path))
    ended = rdadmin(place, "generate", "--only-read", rosters)
    assert ended.stdout.splitlines()[0].split()[0] == "users" and ended.stdout.splitlines()[1].split()[0] == "ties"
    assert sorted(os.listdir(place.path)) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_reading_leaves_nothing(place, number):
    cache, spill = place.directory("cache"), place.directory("spill")
    first = place.file("first.tsv", "a@x.example\tb@x.example\n")
    settle()
    process = subprocess.Popen(
        [RDADMIN, "generate", "--memory", "16M", "--spill", spill, "--input-cache", cache, first, "-"],
        stdin=subprocess.PIPE, cwd=place.path)
    lines = "".join(f"u{n}@x.example\tv{n % 100}@x.example\n" for n in range(100_000)).encode()
    for _ in range(15):
        process.stdin.write(lines)
    process.stdin.flush()
    process.send_signal(number)
    assert process.wait(20) == -number
    process.stdin.close()
    assert os.listdir(cache) == [] and os.listdir(spill) == []
    assert sorted(os.listdir(place.path)) == ["cache", "first.tsv", "spill"]


@pytest.mark.parametrize("content, complaint", [
    (b"Dear friends\nwelcome.\n", ":1: \"Dear friends\" is no beginning of rosters"),
    (b"word\n", ":1: \"word\" is no beginning of rosters"),
    (b"\xff\xfea\x00\t\x00b\x00\n\x00", "byte order mark of UTF-16; expected UTF-8"),
    (b"\xef\xbb\xbf\xef\xbb\xbfa@x\tb@x\n", "two byte order marks"),
    (b"a@x\tb@x\rc@x\td@x\r", "ends with CR alone; expected LF or CR LF"),
    (b"a@x\tb@x\t\x1b[31m\x07\n", "\"\\u{1B}[31m\\u{07}\" for a weight"),
])
def test_what_is_no_roster_is_named(place, content, complaint):
    ended = rdadmin(place, "generate", "--domain", "x", place.file("rosters", content), check=False)
    assert ended.returncode == 65
    assert complaint in ended.stderr
    assert "\x1b" not in ended.stderr and "\x07" not in ended.stderr


def test_a_list_of_bare_names_is_one_if_it_is_said(place):
    rosters = place.file("rosters", "alice\nbob\ncarol\n")
    generate(place, "--domain", "x.example", "--format", "tsv", rosters)
    assert b"alice@x.example\t" in read(place.file("redirect.new.db"))


def test_a_roster_of_a_directory_that_cannot_be_opened_is_66(place):
    os.symlink("nosuch", os.path.join(place.directory("rosters"), "a.tsv"))
    ended = rdadmin(place, "generate", place.file("rosters"), check=False)
    assert ended.returncode == 66
    assert "rosters/a.tsv: cannot open it: No such file or directory" in ended.stderr
