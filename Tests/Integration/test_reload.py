"""New files are taken without stopping; bad ones change nothing but the log."""

import os

import pytest
from lab import free_port, until
from lab.client import Connection, ask, header
from lab.programs import file_descriptors, replace
from small import DOMAIN, TARGETS, compile_map, database, read, small_edge

ALICE, BOB = "alice@im.example", "bob@im.example"
NEWCOMER = "zoe@im.example"


def told(edge, user: str, listener: str = "inside"):
    answer = ask(edge.ports[listener], user, "plain")
    assert answer.orderly
    return answer.target


def becomes(edge, user: str, node: str, listener: str = "inside"):
    until(lambda: told(edge, user, listener) == TARGETS[node], 10, f"{user} to be sent to {node}")


# SIGHUP must do without the look at the files, and the look without SIGHUP.
@pytest.fixture(params=["hangup", "look"])
def renew(request):
    """How the edge learns that files have changed, and the configuration that goes with it."""
    poll = "1h" if request.param == "hangup" else "50ms"

    def notify(edge):
        if request.param == "hangup":
            edge.reload()

    return {"reload.poll": poll}, notify


def test_a_new_map(place, renew):
    settings, notify = renew
    edge = small_edge(place, {"inside": "plain"}, **settings).start()
    assert told(edge, ALICE) == TARGETS["im1"]
    new = compile_map(place, "next", {ALICE: 2, BOB: 1}, generation=2)
    os.rename(new, place.file("redirect.mdb"))
    notify(edge)
    becomes(edge, ALICE, "im2")
    becomes(edge, BOB, "im1")
    edge.logged("serving", "generation=2")


def test_a_lower_generation_is_taken_too(place):
    edge = small_edge(place, {"inside": "plain"}).start()
    os.rename(compile_map(place, "later", {ALICE: 2}, generation=5), place.file("redirect.mdb"))
    edge.logged("serving", "generation=5")
    begin = len(edge.log)
    os.rename(compile_map(place, "earlier", {ALICE: 1}, generation=3, partitions=2),
              place.file("redirect.mdb"))
    becomes(edge, ALICE, "im1")
    edge.logged("warning", "generation", after=begin)


def test_a_new_partitions_file(place, renew):
    settings, notify = renew
    edge = small_edge(place, {"inside": "plain"}, **settings).start()
    replace(place.file("redirect.partitions"), "im3\nim4\n")
    notify(edge)
    becomes(edge, ALICE, "im3")
    becomes(edge, BOB, "im4")


def test_new_rules(place, renew):
    settings, notify = renew
    rules = place.file("redirect.regex", "^bob@ -> im3\n")
    edge = small_edge(place, {"inside": "plain"}, **{
        "redirect.provider": "regex,db", "redirect.regex.rules": rules, **settings}).start()
    becomes(edge, BOB, "im3")
    assert told(edge, ALICE) == TARGETS["im1"]
    replace(rules, "^alice@ -> im4\n^bob@ -> 1\n")
    notify(edge)
    becomes(edge, ALICE, "im4")
    becomes(edge, BOB, "im1")


def test_a_new_configuration(place, renew):
    settings, notify = renew
    edge = small_edge(place, {"inside": "plain"}, **settings).start()
    edge.write(redirect__to__im1__state="drain")
    notify(edge)
    becomes(edge, ALICE, "im2")  # the fallback
    edge.write(redirect__to__im1__state="active", redirect__to__im1__host=TARGETS["im4"])
    notify(edge)
    becomes(edge, ALICE, "im4")


def test_listeners_come_and_go(place, renew):
    settings, notify = renew
    edge = small_edge(place, {"inside": "plain"}, **settings).start()
    edge.ports["second"] = free_port()
    data = header(DOMAIN, ALICE)
    waiting = Connection(edge.ports["inside"])
    waiting.send(data[:50])  # has begun before the listener goes
    edge.write(**{
        "listener.inside.address": None, "listener.inside.kind": None,
        "listener.inside.standsfor": None,
        "listener.second.address": f"127.0.0.1:{edge.ports['second']}",
        "listener.second.kind": "plain", "listener.second.standsfor": "directtls"})
    notify(edge)
    until(lambda: edge.process.listens(edge.ports["second"]), 10, "the new listener")
    until(lambda: not edge.process.listens(edge.ports["inside"]), 10, "the old listener to go")
    assert told(edge, ALICE, "second") == TARGETS["im1"].replace(":5", ":6")
    with pytest.raises(ConnectionRefusedError):
        Connection(edge.ports["inside"])
    with waiting:
        waiting.send(data[50:])
        assert waiting.read_to_end().target == TARGETS["im1"]
    assert edge.stop() == 0


def test_new_certificates(place, authority, renew):
    settings, notify = renew
    edge = small_edge(place, {"c2s-tls": "directtls"}, authority=authority, **settings)
    for kind in ("certificate", "key"):
        copy = place.file(f"own.{kind}", read(edge.keys[f"tls.{kind}"]))
        edge.keys[f"tls.{kind}"] = copy
    edge.start()

    def serial():
        answer = ask(edge.ports["c2s-tls"], ALICE, "directtls", authority.root)
        return answer.certificate["serialNumber"]

    first = serial()
    renewed = authority.certificate(DOMAIN, f"{DOMAIN}-renewed-{os.path.basename(place.path)}")
    # Key first: between the two renames they do not fit each other, and the old pair goes on.
    replace(place.file("own.key"), read(renewed.key))
    notify(edge)
    assert serial() == first
    replace(place.file("own.certificate"), read(renewed.chain))
    notify(edge)
    until(lambda: serial() != first, 10, "the new certificate")


def bad_maps(place) -> dict[str, bytes]:
    good = read(compile_map(place, "good", {ALICE: 2, BOB: 1}, generation=9))
    flipped = bytearray(good)
    flipped[len(flipped) // 2] ^= 0x10
    return {
        "truncated": good[: len(good) - 100],
        "half": good[: len(good) // 2],
        "empty": b"",
        "foreign": b"SQLite format 3\0" + bytes(20000),
        "text": database({ALICE: 2}).encode(),
        "bit-flipped": bytes(flipped),
        "longer": good + b"more",
    }


@pytest.mark.parametrize("damage", ["truncated", "half", "empty", "foreign", "text", "bit-flipped",
                                    "longer"])
@pytest.mark.parametrize("private", ["off", "copy"])
def test_a_bad_map_changes_nothing_but_the_log(place, damage, private):
    edge = small_edge(place, {"inside": "plain"}, redirect__db__private=private).start()
    begin = len(edge.log)
    replace(place.file("redirect.mdb"), bad_maps(place)[damage])
    line = edge.logged("redirect.mdb", after=begin)
    assert "error" in line
    assert told(edge, ALICE) == TARGETS["im1"]
    becomes(edge, BOB, "im2")
    os.rename(place.file("good.mdb"), place.file("redirect.mdb"))
    becomes(edge, ALICE, "im2")
    assert edge.stop() == 0


def test_no_map_at_all_changes_nothing_but_the_log(place):
    edge = small_edge(place, {"inside": "plain"}).start()
    begin = len(edge.log)
    os.unlink(place.file("redirect.mdb"))
    assert "error" in edge.logged("redirect.mdb", after=begin)
    assert told(edge, ALICE) == TARGETS["im1"]


def test_overwritten_in_place_a_private_copy_survives(place):
    """What `cp` does to a published map: the same file gets other bytes while it is in use."""
    edge = small_edge(place, {"inside": "plain"}, redirect__db__private="copy").start()
    path = place.file("redirect.mdb")
    os.chmod(path, 0o644)
    begin = len(edge.log)
    with open(path, "r+b") as file:
        file.truncate(0)
        file.write(os.urandom(50_000))
    edge.logged("redirect.mdb", after=begin)
    for _ in range(50):
        assert told(edge, ALICE) == TARGETS["im1"]
    with open(path, "r+b") as file:
        file.truncate(0)
        file.write(read(compile_map(place, "good", {ALICE: 2, BOB: 1}, generation=9)))
    becomes(edge, ALICE, "im2")


@pytest.mark.parametrize("file, content, words", [
    ("redirect.partitions", "im1\nnobody\n", ["redirect.partitions:2", "nobody"]),
    ("redirect.regex", "^(bob@ -> im1\n", ["redirect.regex:1"]),
    ("redirect.regex", "^bob@ -> nobody\n", ["redirect.regex:1", "nobody"]),
])
def test_a_bad_text_changes_nothing_but_the_log(place, file, content, words):
    rules = place.file("redirect.regex", "^bob@ -> im3\n")
    edge = small_edge(place, {"inside": "plain"}, **{
        "redirect.provider": "regex,db", "redirect.regex.rules": rules}).start()
    begin = len(edge.log)
    replace(place.file(file), content)
    assert "error" in edge.logged(*words, after=begin)
    assert told(edge, ALICE) == TARGETS["im1"]
    becomes(edge, BOB, "im3")


@pytest.mark.parametrize("changes, words", [
    ({"redirect.colour": "blue"}, ["redirect.colour"]),
    ({"redirect.to": "im1, im2, nobody"}, ["nobody"]),
    ({"redirect.mode": "carry"}, ["redirect.mode", "carry"]),
    ({"listener.inside.kind": "upstairs"}, ["listener.inside.kind", "upstairs"]),
    ({"tls.certificate": "/nowhere.pem", "tls.key": "/nowhere.key"}, ["/nowhere"]),
])
def test_a_bad_configuration_changes_nothing_but_the_log(place, changes, words):
    edge = small_edge(place, {"inside": "plain"}).start()
    begin = len(edge.log)
    edge.write(**changes)
    assert "error" in edge.logged(*words, after=begin)
    assert told(edge, ALICE) == TARGETS["im1"]
    assert edge.stop() == 0


def test_an_address_that_is_taken_changes_nothing_but_the_log(place):
    import socket

    edge = small_edge(place, {"inside": "plain"}).start()
    begin = len(edge.log)
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        edge.write(**{"listener.more.address": f"127.0.0.1:{taken.getsockname()[1]}",
                      "listener.more.kind": "plain", "listener.more.standsfor": "starttls"})
        assert "error" in edge.logged(str(taken.getsockname()[1]), "use", after=begin)
    assert told(edge, ALICE) == TARGETS["im1"]


def test_two_sets_are_never_mixed(place):
    edge = small_edge(place, {"inside": "plain"}, domains=DOMAIN)
    replace(place.file("redirect.partitions"), "# set: A\nim1\nim2\n")
    os.rename(compile_map(place, "a", {ALICE: 1, BOB: 2}, set="A"), place.file("redirect.mdb"))
    edge.start()
    begin = len(edge.log)
    os.rename(compile_map(place, "b", {ALICE: 2, BOB: 1}, set="B"), place.file("redirect.mdb"))
    edge.logged("set", after=begin)
    assert told(edge, ALICE) == TARGETS["im1"]
    replace(place.file("redirect.partitions"), "# set: B\nim3\nim4\n")
    becomes(edge, ALICE, "im4")
    becomes(edge, BOB, "im3")


def test_reloading_leaks_nothing(place):
    edge = small_edge(place, {"inside": "plain"}).start()
    maps = [read(compile_map(place, f"map{number}", {ALICE: number, BOB: 1}, partitions=2,
                             generation=number + 1)) for number in (1, 2)]

    def swap(number):
        replace(place.file("redirect.mdb"), maps[number % 2])
        becomes(edge, ALICE, ("im1", "im2")[number % 2])

    for number in range(1, 6):
        swap(number)
    before = file_descriptors(edge.process.pid)
    for number in range(6, 30):
        swap(number)

    def mapped():
        with open(f"/proc/{edge.process.pid}/maps") as lines:
            return sum("redirect.mdb" in line for line in lines)

    until(lambda: file_descriptors(edge.process.pid) <= before, 10, "descriptors to be closed")
    until(lambda: mapped() <= 1, 10, "old maps to be let go")


def test_a_newcomer_is_known_after_the_swap(place):
    edge = small_edge(place, {"inside": "plain"}).start()
    assert ask(edge.ports["inside"], NEWCOMER, "plain").target is None
    os.rename(compile_map(place, "next", {ALICE: 1, NEWCOMER: 2}), place.file("redirect.mdb"))
    becomes(edge, NEWCOMER, "im2")
