"""Providers that are shared libraries: the two examples at work, and plug-ins that are wrong in every way."""

import os
import re
import shlex
import time

import pytest
from lab import until
from lab.client import Connection, ask, header
from lab.programs import EDGE, ROOT, Load, file_descriptors, rdadmin, replace
from small import DOMAIN, TARGETS, read, small_edge
from test_counts import ONE_CORE, Allocations

EXAMPLES = os.path.join(ROOT, "Sources/RedirectEdge/PluginExamples")
LIAR = os.path.join(ROOT, "Tests/Integration/plugins/liar.c")

ALICE, BOB = "alice@im.example", "bob@im.example"


def example(place, source: str, name: str) -> str:
    """Builds an example with the command that its own source tells; returns the library."""
    with open(os.path.join(EXAMPLES, source)) as file:
        lines = file.read().split("from the top of the repository:\n", 1)[1].splitlines()
    command = " ".join(line.lstrip("/* ") for line in lines[1:3]).replace("\\", "")
    words = shlex.split(command.replace("*.swift", os.path.join(EXAMPLES, "swift/*.swift")))
    assert words[-2:] == ["-o", f"{name}.so"], words
    target = place.file(f"{name}.so")
    place.run(["sh", "-c", command.replace(f"-o {name}.so", f"-o {shlex.quote(target)}")],
              cwd=ROOT, seconds=300)
    return target


@pytest.fixture(scope="session")
def table(lasting_place):
    return example(lasting_place, "c/table.c", "table")


@pytest.fixture(scope="session")
def department(lasting_place):
    return example(lasting_place, "swift/Department.swift", "department")


def liar(place, name: str = "liar", **macros) -> str:
    """A library that lies; `macros` make it wrong as a whole."""
    target = place.file(f"{name}.so")
    place.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared",
               *[f"-D{key}={value}" for key, value in macros.items()],
               "-I", os.path.join(ROOT, "Sources/RedirectEdge/CPlugin"), LIAR, "-o", target])
    return target


def edge_with(place, chain: str, configuration: str | None = None, name: str = "liar", **changes):
    """An edge, not started, over the small map; `configuration` is the plug-in's own."""
    if configuration is not None:
        changes[f"redirect.plugin.{name}.config"] = place.file(f"{name}.conf", configuration)
    return small_edge(place, {"inside": "plain"}, **{"redirect.provider": chain, **changes})


def told(edge, user: str):
    answer = ask(edge.ports["inside"], user, "plain")
    assert answer.orderly
    return answer.target or answer.condition


def becomes(edge, user: str, node: str):
    until(lambda: told(edge, user) == TARGETS[node], 10, f"{user} to be sent to {node}")


def start_fails(edge) -> str:
    """What an edge says that cannot start."""
    edge.write()
    result = edge._place.run([EDGE, "-c", edge.configuration], check=False, seconds=30)
    assert result.returncode == 78, result.stderr
    return result.stderr


# The examples


def test_both_examples_at_work(place, table, department):
    os.symlink(table, place.file("table.so"))
    os.symlink(department, place.file("department.so"))
    place.file("table.tsv", "# who lives elsewhere\nbob@im.example\tim3\ncarol@im.example\t2\n"
                            "dan@im.example\t100\n")
    place.file("department.conf", "# department = node\n sales=im4\ndevelopment = im3\n")
    edge = edge_with(place, "./table.so, db, ./department.so", **{
        "redirect.plugin.table.config": "table.tsv",
        "redirect.plugin.department.config": "department.conf", "log.level": "debug"}).start()
    assert told(edge, ALICE) == TARGETS["im1"]  # the map
    assert told(edge, BOB) == TARGETS["im3"]  # the table goes before the map
    assert told(edge, "carol@im.example") == TARGETS["im2"]  # partition 2
    # Partitions beyond the file have their fixed place, for plug-ins too: the 98th behind line 2.
    assert told(edge, "dan@im.example") == TARGETS["im2"]
    assert told(edge, "sales.erna@im.example") == TARGETS["im4"]
    assert told(edge, "development.fritz@im.example") == TARGETS["im3"]
    for stranger in ("sale.x", "saless.x", "sales", "z.x", ".x", "a", "zz"):
        assert told(edge, f"{stranger}@im.example") == "remote-connection-failed", stranger
    edge.logged("redirected", "provider=table", "partition=2")
    edge.logged("redirected", "provider=department", "node=im4")
    assert "skipped" not in edge.log
    assert edge.stop() == 0


def test_an_example_takes_its_new_configuration(place, table):
    edge = edge_with(place, f"{table}, db", "bob@im.example\tim3\n", "table").start()
    configuration = edge.keys["redirect.plugin.table.config"]
    assert told(edge, BOB) == TARGETS["im3"]
    replace(configuration, "bob@im.example\tim4\n")
    becomes(edge, BOB, "im4")
    # The plug-in's own words, with its file; and what was good stays.
    replace(configuration, "bob@im.example\tim1\nalice@im.example\tim1\n")
    edge.logged("not taken", "table.conf", "plug-in `table`", "line 2", "sorted")
    assert told(edge, BOB) == TARGETS["im4"]
    replace(configuration, "bob@im.example\tim1\n")
    becomes(edge, BOB, "im1")
    os.unlink(configuration)
    edge.logged("not taken", "table.conf", "no such file")
    assert told(edge, BOB) == TARGETS["im1"]


def test_a_name_of_any_length_and_kind(place, table, department):
    edge = edge_with(place, f"{table}, {department}, db", "bob@im.example\tim3\n", "table").start()
    for name in ("a" * 1000, "é" * 200, "." * 300, "sales." * 100):
        assert told(edge, f"{name}@im.example") == "remote-connection-failed"
    assert told(edge, ALICE) == TARGETS["im1"]
    assert edge.stop() == 0


def test_asking_the_examples_allocates_nothing(place, table, department):
    counter = Allocations(place)
    edge = edge_with(place, f"{table}, {department}, db", "bob@im.example\tim3\n", "table", **{
        "redirect.plugin.department.config": place.file("department.conf", "sales = im4\n"),
        "reload.poll": "1h"}).start(counter.environment, before=ONE_CORE)
    program = Load(place, {ALICE: [TARGETS["im1"]], BOB: [TARGETS["im3"]],
                           "sales.erna@im.example": [TARGETS["im4"]]})

    def allocated(connections: int, at_a_time: int) -> int:
        before = counter.of_workers()[1]
        result = program.run(edge.ports["inside"], connections, open=at_a_time)
        assert result["right"] == connections, result
        return counter.of_workers()[1] - before

    allocated(10_000, at_a_time=500)
    assert counter.of_all() > 1000, "nothing is counted at all"
    assert allocated(4000, at_a_time=50) == 0


@pytest.mark.parametrize("configuration, words", [
    ("bob@im.example im3\n", ["line 1", "expected user, tab"]),
    ("b\tim3\n\n# x\na\tim3\n", ["line 4", "sorted"]),
    ("b\tim3\nb\tim3\n", ["line 2", "once"]),
    ("b\t" + "x" * 100, ["line 1", "shorter"]),
    ("b\t0\n", ["line 1", "1 to 4294967295"]),
    ("a\t4294967295\nb\t4294967296\n", ["line 2", "1 to 4294967295"]),
    ("b\t" + "9" * 60, ["line 1", "1 to 4294967295"]),
    ("b\0\tim3\n", ["NUL"]),
])
def test_the_table_says_what_is_wrong(place, table, configuration, words):
    said = start_fails(edge_with(place, f"{table}, db", configuration, "table"))
    for word in ["table.conf: plug-in `table`: ", *words]:
        assert word in said


@pytest.mark.parametrize("configuration, words", [
    ("sales\n", ["line 1", "expected `department = node`"]),
    ("# x\nsales = \n", ["line 2"]),
    ("sales = im1\nsales = im2\n", ["`sales` has two nodes"]),
    ("sales = " + "x" * 100, ["line 1"]),
])
def test_the_departments_say_what_is_wrong(place, department, configuration, words):
    said = start_fails(edge_with(place, f"{department}, db", configuration, "department"))
    for word in ["department.conf: plug-in `department`: ", *words]:
        assert word in said


# Plug-ins that lie


@pytest.mark.parametrize("say, reason", [
    ("node nobody", "`nobody`; expected one of redirect.to"),
    ("node", "``; expected one of redirect.to"),
    ("node im", "`im`"),
    ("node im11", "`im11`"),
    ("endless", "without a NUL"),
    ("partition 0", "partition 0"),
    ("code 77", "returned 77"),
    ("code -2147483648", "returned -2147483648"),
    ("error", "returned an error"),
])
def test_one_that_lies_is_skipped(place, say, reason):
    liar(place)
    edge = edge_with(place, "./liar.so, db", f"say {say}\n").start()
    for _ in range(40):
        assert told(edge, ALICE) == TARGETS["im1"]
        assert told(edge, BOB) == TARGETS["im2"]
    assert told(edge, "zoe@im.example") == "remote-connection-failed"
    line = edge.logged("warning", "a plug-in was skipped", "plugin=liar", "times=1")
    assert reason in line
    # Not a line for each: the next one comes when ten seconds are over.
    assert edge.log.count("a plug-in was skipped") == 1
    assert edge.stop() == 0


def test_faults_are_told_again_with_their_number(place):
    liar(place)
    edge = edge_with(place, "./liar.so, db", "say error\n").start()
    for _ in range(5):
        told(edge, ALICE)
    edge.logged("skipped", "times=1")
    time.sleep(10.1)
    told(edge, ALICE)
    edge.logged("skipped", "times=5")


def test_one_that_blocks_is_told(place):
    liar(place)
    edge = edge_with(place, "./liar.so, db", "say sleep 30\n").start()
    for _ in range(5):
        assert told(edge, ALICE) == TARGETS["im1"]
    line = edge.logged("warning", "a plug-in blocks its worker", "plugin=liar", "times=1")
    assert int(re.search(r" ms=(\d+)", line).group(1)) >= 30
    assert edge.log.count("blocks its worker") == 1
    assert "skipped" not in edge.log


def test_one_that_knows_nobody_is_no_fault(place):
    liar(place)
    edge = edge_with(place, "./liar.so, db", "say nothing\n").start()
    assert told(edge, ALICE) == TARGETS["im1"]
    assert "skipped" not in edge.log


def test_a_node_that_drains_takes_nobody_of_a_plugin(place):
    """Who is known has one place: another provider would scatter people who belong together."""
    liar(place)
    edge = edge_with(place, "./liar.so, db", "say node im3\n", redirect__to__im3__state="drain").start()
    assert told(edge, ALICE) == "remote-connection-failed"
    assert "skipped" not in edge.log


# Libraries that are no plug-ins


def broken(place) -> dict[str, tuple[bytes, list[str]]]:
    """Libraries, and what is said of each."""
    def made(**macros):
        return read(liar(place, "made", **macros))

    good = made()
    return {
        "no symbol": (made(NO_SYMBOL=1), ["no plug-in", "redirect_plugin_interface"]),
        "wrong version": (made(VERSION=2), ["version 2", "expected 1"]),
        "no version at all": (made(NO_INTERFACE=1), ["another version", "expected 1"]),
        "too small": (made(SIZE=16), ["16 bytes", "expected 32"]),
        "no lookup": (made(NO_LOOKUP=1), ["NULL", "open, lookup and close"]),
        "empty": (b"", ["no library"]),
        "text": (b"hello\n" * 100, ["no library"]),
        "program": (read("/bin/true"), ["cannot be loaded: cannot dynamically load"]),
        "zeros": (good[:64] + bytes(len(good) - 64), ["nothing in it"]),
        "without a library it needs": (made(NEEDS=1), ["cannot be loaded", "nobody_has_this"]),
        "half": (good[: len(good) // 2], ["cut short"]),
        "head": (good[:64], ["cut short"]),
        "other machine": (good[:18] + b"\x08\0" + good[20:], ["another kind"]),
    }


KINDS = ["no symbol", "wrong version", "no version at all", "too small", "no lookup", "empty", "text",
         "program", "zeros", "without a library it needs", "half", "head", "other machine"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_library_that_is_no_plugin_does_not_start(place, kind):
    content, words = broken(place)[kind]
    edge = edge_with(place, "./bad.so, db")
    place.file("bad.so", content)
    said = start_fails(edge)
    assert said.count("\n") == 1
    for word in ["bad.so: ", *words]:
        assert word in said


def test_a_library_that_is_not_there_does_not_start(place):
    assert "bad.so: cannot open it: No such file" in start_fails(edge_with(place, "./bad.so, db"))
    place.directory("bad.so")
    assert "bad.so: expected a regular file" in start_fails(edge_with(place, "./bad.so, db"))


@pytest.mark.parametrize("configuration, words", [
    ("refuse the moon is wrong", ["liar.conf: plug-in `liar`: the moon is wrong"]),
    ("refuse-silently", ["it gives no reason"]),
    ("refuse-endlessly", ["x" * 1000]),
])
def test_one_that_refuses_to_open_does_not_start(place, configuration, words):
    liar(place)
    said = start_fails(edge_with(place, "./liar.so, db", configuration))
    for word in words:
        assert word in said


def test_bad_libraries_change_nothing_but_the_log(place):
    """One after the other on a running edge, a good one between them."""
    libraries = broken(place)
    names = ["im3", "im4"]
    good = [read(liar(place, name, BAKED=f'"{name}"')) for name in names]
    library = place.file("liar.so", good[1])
    edge = edge_with(place, "./liar.so, db").start()
    for number, kind in enumerate(KINDS):
        before = names[(number + 1) % 2]
        content, words = libraries[kind]
        begin = len(edge.log)
        replace(library, content)
        edge.logged("not taken", "liar.so", *words, after=begin)
        assert told(edge, ALICE) == TARGETS[before], kind
        replace(library, good[number % 2])
        becomes(edge, ALICE, names[number % 2])
    assert edge.stop() == 0


# Reload


def traced(place) -> list[str]:
    path = place.file("trace")
    return read(path).decode().splitlines() if os.path.exists(path) else []


def test_hangup_opens_anew_and_the_old_state_is_closed_once_nobody_uses_it(place):
    liar(place)
    edge = edge_with(place, "./liar.so, db", f"trace {place.file('trace')}\n").start()
    assert traced(place) == ["open im1"]
    data = header(DOMAIN, ALICE)
    with Connection(edge.ports["inside"]) as waiting:
        waiting.send(data[:50])  # has begun with the first state
        told(edge, BOB)  # so the edge has accepted it
        edge.reload()
        until(lambda: traced(place) == ["open im1"] * 2, 10, "the second state")
        told(edge, BOB)
        time.sleep(0.5)
        assert "close im1" not in traced(place)
        waiting.send(data[50:])
        assert waiting.read_to_end().target == TARGETS["im1"]
    until(lambda: traced(place) == ["open im1", "open im1", "close im1"], 10, "the first to be closed")
    # Out of the chain: closed.
    edge.write(redirect__provider="db", **{"redirect.plugin.liar.config": None})
    until(lambda: traced(place)[3:] == ["close im1"], 10, "the second to be closed")
    assert told(edge, ALICE) == TARGETS["im1"]
    assert edge.stop() == 0


def test_a_configuration_that_is_not_taken_closes_what_it_opened(place):
    liar(place)
    trace = place.file("trace")
    edge = edge_with(place, "db").start()
    configuration = place.file("liar.conf", f"trace {trace}\n")
    begin = len(edge.log)
    edge.write(redirect__provider="./liar.so, regex", **{
        "redirect.plugin.liar.config": configuration, "redirect.regex.rules": "/nowhere"})
    edge.logged("not taken", "/nowhere", after=begin)
    until(lambda: traced(place) == ["open im1", "close im1"], 10, "the plug-in to be closed")
    assert told(edge, ALICE) == TARGETS["im1"]
    edge.write(redirect__provider="./liar.so, db")
    becomes(edge, BOB, "im1")
    assert traced(place) == ["open im1", "close im1", "open im1"]


def test_libraries_are_swapped_under_load(place):
    """Another library under the same path, again and again: no connection is lost, each is answered by one or the
    other, no state is used after its end, and no descriptor is left behind."""
    names = ["im3", "im4"]
    library = place.file("liar.so")
    good = [read(liar(place, name, BAKED=f'"{name}"')) for name in names]
    replace(library, good[0])
    edge = edge_with(place, "./liar.so, db", f"trace {place.file('trace')}\n",
                     reload__poll="20ms").start()
    users = {f"user{number}@im.example": [TARGETS[name] for name in names] for number in range(100)}
    swaps, descriptors = [], []

    def swap(_):
        swaps.append(1)
        replace(library, good[len(swaps) % 2])
        if len(swaps) == 2:
            descriptors.append(file_descriptors(edge.process.pid))

    result = Load(place, users).run(edge.ports["inside"], 40_000, swap, open=50, rate=8_000)
    assert result["right"] == result["connections"] == 40_000, result
    assert min(result["ofMap"]) > 4_000, result
    assert len(swaps) == 40
    becomes(edge, ALICE, names[len(swaps) % 2])

    def closed():
        opened = [line for line in traced(place) if line.startswith("open")]
        return len(opened) > 30 and len(traced(place)) == 2 * len(opened) - 1

    until(closed, 10, lambda: f"all states but one to be closed: {traced(place)}")
    assert not [line for line in traced(place) if "after close" in line]
    # Connections are gone; a library of known content is not loaded again.
    assert file_descriptors(edge.process.pid) <= descriptors[0]
    with open(f"/proc/{edge.process.pid}/maps") as maps:
        copies = re.findall(r"r-xp.*/memfd:liar.so", maps.read())
    assert len(copies) == 2, copies
    assert edge.stop() == 0


def test_written_in_place_the_running_copy_survives(place):
    """What `cp` does: the same file gets other bytes while its code runs."""
    library = liar(place, BAKED='"im3"')
    edge = edge_with(place, "./liar.so, db").start()
    begin = len(edge.log)
    with open(library, "r+b") as file:
        file.truncate(0)
        file.write(bytes(20_000))
    edge.logged("not taken", "liar.so", after=begin)
    for _ in range(20):
        assert told(edge, ALICE) == TARGETS["im3"]
    assert edge.stop() == 0


# Other programs


def test_the_checks_say_what_they_do_not_ask(place):
    liar(place)
    edge = edge_with(place, "./liar.so, db", "say node im4\n")
    edge.write()
    checked = place.run([EDGE, "--check", "-c", edge.configuration])
    assert "good" in checked.stdout
    told = rdadmin(place, "check", "-c", edge.configuration).stdout
    assert "warning:" in told and "plug-in `liar` is not opened by this check" in told
    found = rdadmin(place, "lookup", "-c", edge.configuration, "redirect.mdb", ALICE)
    assert found.stdout == f"{ALICE}\t1\tim1\tim2\n"
    assert "plug-in `liar` goes before the map" in found.stderr
    os.unlink(place.file("liar.so"))
    gone = rdadmin(place, "check", "-c", edge.configuration, check=False)
    assert gone.returncode == 1 and "liar.so: cannot open it" in gone.stdout
    edge.keys["redirect.plugin.liar.config"] = place.file("liar.conf", "refuse it is late")
    liar(place)
    edge.write()
    refused = place.run([EDGE, "--check", "-c", edge.configuration], check=False)
    assert refused.returncode == 1 and "it is late" in refused.stderr
