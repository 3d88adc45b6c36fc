"""What `rdadmin` must not do to the files of whoever calls it carelessly."""

import os
import signal
import subprocess

import pytest
from lab.programs import RDADMIN, rdadmin
from small import compile_map, database, read

USERS = {"alice@im.example": 1, "bob@im.example": 2}
TIES = "alice@im.example\tbob@im.example\nbob@im.example\tcarol@im.example\n"


def leftovers(place) -> list[str]:
    return [name for name in os.listdir(place.path) if name.endswith(".tmp")]


def test_a_link_as_output_stays_a_link(place):
    """Whatever it leads to is replaced; so a directory of files may be swapped by a link."""
    directory = place.directory("generation-1")
    real = os.path.join(directory, "redirect.mdb")
    os.symlink("generation-1/redirect.mdb", place.file("redirect.mdb"))
    source = place.file("redirect.db", database(USERS))
    for _ in range(2):
        rdadmin(place, "compile", source, "-o", place.file("redirect.mdb"))
        assert os.path.islink(place.file("redirect.mdb")) and not os.path.islink(real)
    assert rdadmin(place, "lookup", real, "alice@im.example").stdout == "alice@im.example\t1\n"
    assert os.listdir(directory) == ["redirect.mdb"]


def test_what_is_no_file_is_not_replaced(place):
    os.mkfifo(place.file("pipe"))
    os.symlink("pipe", place.file("link"))
    source = place.file("redirect.db", database(USERS))
    for output in ("pipe", "link", "."):
        result = rdadmin(place, "compile", source, "-o", place.file(output), check=False)
        assert result.returncode == 73, result
    assert os.path.islink(place.file("link"))
    assert leftovers(place) == []


@pytest.mark.parametrize("how", ["itself", "link", "configuration", "log"])
def test_generate_does_not_write_over_its_input(place, how):
    rosters = place.file("rosters.tsv", TIES)
    configuration = place.file("redirect.conf", "domains = im.example\n")
    os.symlink("rosters.tsv", place.file("link"))
    output = {"itself": rosters, "link": place.file("link"), "configuration": configuration,
              "log": place.file("rdadmin.log")}[how]
    result = rdadmin(place, "generate", "--partitions", "1", "-c", configuration, "-o", output,
                     rosters, check=False)
    assert result.returncode == 64, result
    assert read(rosters).decode() == TIES
    assert read(configuration) == b"domains = im.example\n"
    assert not os.path.exists(place.file("rdadmin.log"))


def test_generate_does_not_write_over_what_a_directory_or_standard_input_holds(place):
    directory = place.directory("rosters")
    rosters = os.path.join(directory, "a.tsv")
    with open(rosters, "w") as file:
        file.write(TIES)
    result = rdadmin(place, "generate", "--partitions", "1", "-o", rosters, directory, check=False)
    assert result.returncode == 64, result
    with open(rosters) as file:
        result = subprocess.run(
            [RDADMIN, "generate", "--partitions", "1", "-o", rosters, "-"], stdin=file,
            capture_output=True, timeout=60)
    assert result.returncode == 64, result
    assert read(rosters).decode() == TIES
    for _ in range(2):  # what is not read there may be written there
        rdadmin(place, "generate", "--partitions", "1", "-o",
                os.path.join(directory, "redirect.new.db"), directory)


def test_an_empty_map_must_be_meant_when_normalizing_too(place):
    empty = "# format: 1\n# partitions: 16\n# users: 500\n"
    result = rdadmin(place, "compile", "--normalize", "-", "-o", place.file("redirect.mdb"),
                     input=empty, check=False)
    assert result.returncode == 65 and "no users" in result.stderr
    assert not os.path.exists(place.file("redirect.mdb"))


def test_an_empty_map_must_be_meant(place):
    old = read(compile_map(place, "redirect", USERS))
    empty = "# format: 1\n# partitions: 16\n"
    result = rdadmin(place, "compile", "-", "-o", place.file("redirect.mdb"), input=empty, check=False)
    assert result.returncode == 65 and "no users" in result.stderr
    assert read(place.file("redirect.mdb")) == old
    rdadmin(place, "compile", "-", "-o", place.file("redirect.mdb"), input=empty + "# users: 0\n")
    assert read(place.file("redirect.mdb")) != old


def test_files_that_only_look_like_leftovers_stay(place):
    mine = place.file(".redirect.mdb.backup.tmp", "mine")
    compile_map(place, "redirect", USERS)
    assert read(mine) == b"mine"


def begin_compile(place, **more) -> subprocess.Popen:
    """`rdadmin compile` that waits for the rest of its input."""
    process = subprocess.Popen(
        [RDADMIN, "compile", "-", "-o", place.file("redirect.mdb")], stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=place.path, **more)
    lines = b"# format: 1\n# partitions: 1\n" + b"".join(
        b"user%06d@im.example\t1\n" % number for number in range(100_000))
    process.stdin.write(lines)
    process.stdin.flush()
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing(place, number):
    process = begin_compile(place)
    process.send_signal(number)
    assert process.wait(10) == -number
    process.stdin.close()
    assert leftovers(place) == [] and not os.path.exists(place.file("redirect.mdb"))


def test_nohup_is_respected(place):
    process = begin_compile(place, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)
    process.stdin.close()
    assert process.wait(10) == 0
    assert os.path.exists(place.file("redirect.mdb"))


def test_a_file_size_limit_is_an_error_and_leaves_nothing(place):
    source = place.file("big.tsv", "".join(f"u{n}@im.example\tu{n + 1}@im.example\n" for n in range(5000)))
    command = 'ulimit -f 8; exec "$@"'
    result = subprocess.run(
        ["sh", "-c", command, "sh", RDADMIN, "generate", "--partitions", "2", "-o",
         place.file("out.db"), source], capture_output=True, text=True, cwd=place.path, timeout=60)
    assert result.returncode == 74, result
    assert "File too large" in result.stderr
    assert leftovers(place) == [] and not os.path.exists(place.file("out.db"))


def test_the_log_has_the_report_even_if_nobody_reads_it(place):
    rosters = place.file("rosters.tsv", TIES)
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [RDADMIN, "generate", "--partitions", "1", "-o", place.file("out.db"), rosters],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert result.returncode == 74
    assert "NO OF PARTITIONS RUN: 1" in read(place.file("rdadmin.log")).decode()


def test_check_warns_of_a_chain_without_hash(place):
    compile_map(place, "redirect", USERS)
    place.file("redirect.partitions", "a\na\n")
    configuration = place.file(
        "redirect.conf", "redirect.provider = db\nredirect.to = a\nredirect.to.a.host = a:5222\n")
    result = rdadmin(place, "check", "-c", configuration)
    assert "no provider `hash`" in result.stdout + result.stderr


@pytest.mark.parametrize("arguments", [
    ("check", "-c", "nosuch.conf"), ("lookup", "redirect.mdb", "-c", "nosuch.conf", "a@im.example"),
    ("lookup", "redirect.mdb", "--partitions", "nosuch", "--nodes", "a", "a@im.example"),
    ("generate", "--partitions", "1", "nosuch.tsv"), ("compile", "nosuch.db"),
    ("dump", "nosuch.mdb"), ("stat", "nosuch.mdb")], ids=lambda arguments: " ".join(arguments[:3]))
def test_what_is_not_there_is_66(place, arguments):
    compile_map(place, "redirect", USERS)
    result = rdadmin(place, *arguments, check=False)
    assert result.returncode == 66, result
    assert "nosuch" in result.stderr
