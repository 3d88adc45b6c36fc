"""What an edge must survive on a machine that is not kind: no descriptors, a log that nobody reads, files that
are none, signals at the wrong moment."""

import fcntl
import os
import resource
import signal
import socket
import subprocess
import time

import pytest
from lab import until
from lab.client import Connection, ask, header
from lab.programs import EDGE, file_descriptors, replace
from small import DOMAIN, TARGETS, read, small_edge

ALICE = "alice@im.example"
SET_PIPE_SIZE = 1031  # fcntl(2), F_SETPIPE_SZ


def answers(edge, listener="inside") -> bool:
    return ask(edge.ports[listener], ALICE, "plain").target == TARGETS["im1"]


def cpu_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def settled_descriptors(pid: int) -> int:
    """How many there are when the edge has opened all of its own: signals and timers come a moment after listening."""
    seen = []

    def settled():
        seen.append(file_descriptors(pid))
        return len(seen) > 10 and len(set(seen[-10:])) == 1

    until(settled, 20, "descriptors to settle")
    return seen[-1]


def test_no_descriptor_left(place):
    """Clients beyond the last descriptor are turned away, the workers do not spin, and afterwards all is well."""
    edge = small_edge(place, {"inside": "plain"}, limit__step="60s", limit__total="120s").start()
    pid = edge.process.pid
    before = settled_descriptors(pid)
    hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (before + 30, hard))
    clients = []
    for _ in range(200):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", edge.ports["inside"]))
        clients.append(client)
    time.sleep(0.3)
    for client in clients:
        try:
            client.send(b"<stream:stream")
        except OSError:
            pass  # turned away already
    time.sleep(1)
    begin = cpu_seconds(pid)
    time.sleep(2)
    assert cpu_seconds(pid) - begin < 0.5, "the workers spin"
    for client in clients:
        client.close()
    until(lambda: file_descriptors(pid) <= before, 10, "descriptors to be free again")
    assert answers(edge)


@pytest.mark.parametrize("level", ["info", "debug"])
def test_a_log_that_nobody_reads(place, level):
    """A full pipe on standard error stops neither the answers nor the end."""
    edge = small_edge(place, {"inside": "plain"})
    edge.write()
    reader, writer = os.pipe()
    fcntl.fcntl(writer, SET_PIPE_SIZE, 4096)
    process = subprocess.Popen(
        [EDGE, "-c", edge.configuration, "--set", f"log.level={level}"], stderr=writer)
    try:
        def is_up():
            with socket.socket() as client:
                return client.connect_ex(("127.0.0.1", edge.ports["inside"])) == 0

        until(is_up, 10, "the edge to listen")
        os.set_blocking(writer, False)
        try:
            while True:
                os.write(writer, b"x" * 512)
        except BlockingIOError:
            pass  # full
        assert all(answers(edge) for _ in range(100))
        process.terminate()
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
        os.close(reader)
        os.close(writer)


def test_lost_lines_are_counted(place):
    edge = small_edge(place, {"inside": "plain"})
    edge.write()
    reader, writer = os.pipe()
    fcntl.fcntl(writer, SET_PIPE_SIZE, 4096)
    process = subprocess.Popen(
        [EDGE, "-c", edge.configuration, "--set", "log.level=debug"], stderr=writer)
    try:
        def is_up():
            with socket.socket() as client:
                return client.connect_ex(("127.0.0.1", edge.ports["inside"])) == 0

        until(is_up, 10, "the edge to listen")
        assert all(answers(edge) for _ in range(200))
        os.read(reader, 65536)
        assert answers(edge)

        def text():
            return os.read(reader, 65536).decode()

        assert "log lines were lost" in until(text, 5, "a line")
    finally:
        process.kill()
        process.wait()
        os.close(reader)
        os.close(writer)


def test_closed_standard_streams(place):
    """No socket gets the number of a stream that was closed, and so no log line goes to a client."""
    edge = small_edge(place, {"inside": "plain"}).start(
        before=("sh", "-c", 'exec "$@" 0<&- 1>&- 2>&-', "sh"))
    with Connection(edge.ports["inside"]) as connection:
        connection.send(header(DOMAIN)[:40])
        time.sleep(0.2)
        for number in range(3):
            assert not os.readlink(f"/proc/{edge.process.pid}/fd/{number}").startswith("socket:")
    assert answers(edge)


def test_sighup_while_leaving_opens_nothing(place):
    edge = small_edge(place, {"inside": "plain"}, drain__timeout="8s").start()
    with Connection(edge.ports["inside"]) as connection:
        connection.send(header(DOMAIN)[:40])
        time.sleep(0.2)
        begin = time.monotonic()
        edge.process.signal(signal.SIGTERM)
        time.sleep(0.3)
        edge.write(listener__new__address=f"127.0.0.1:{edge.ports['inside'] + 1}",
                   listener__new__kind="plain")
        edge.reload()
        time.sleep(0.3)
        edge.reload()
    assert edge.process.wait(10) == 0
    assert time.monotonic() - begin < 5, "nothing was left to wait for"
    assert edge.log.count("serving") == 1
    assert "epoll_ctl" not in edge.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_is_told_to_end_at_once_does_so_in_order(place, number):
    """The very moment in which clients can come is one in which the process may be told to leave."""
    for turn in range(10):
        edge = small_edge(place, {"inside": "plain"}, name=f"edge{turn}").start()
        edge.process.signal(number)
        assert edge.process.wait(10) == 0
        assert "stopped" in edge.log


def test_sighup_without_a_change_changes_nothing(place, authority):
    edge = small_edge(place, {"inside": "plain", "tls": "directtls"}, authority=authority).start()
    edge.reload()
    edge.logged("nothing has changed")
    assert edge.log.count("serving") == 1


def test_a_pipe_is_no_key(place, authority):
    """It would keep its reader waiting for ever: it is refused, and signals go on being heard."""
    edge = small_edge(place, {"inside": "plain", "tls": "directtls"}, authority=authority)
    key = place.file("own.key", read(edge.keys["tls.key"]))
    edge.keys["tls.key"] = key
    edge.start()
    os.mkfifo(place.file("pipe"))
    os.rename(place.file("pipe"), key)
    edge.logged("own.key", "expected a regular file")
    assert answers(edge)
    edge.process.signal(signal.SIGTERM)
    assert edge.process.wait(10) == 0


def test_a_damaged_chain_is_not_served(place, authority):
    edge = small_edge(place, {"inside": "plain", "tls": "directtls"}, authority=authority)
    good = read(edge.keys["tls.certificate"])
    chain = place.file("own.pem", good)
    edge.keys["tls.certificate"] = chain
    edge.start()
    replace(chain, good + good[: len(good) // 2])
    edge.logged("own.pem", "certificate", "damaged")
    assert ask(edge.ports["tls"], ALICE, "directtls", authority.root).target


def test_permission_alone_is_a_change(place):
    """Installed first and made readable afterwards: that is noticed without a signal."""
    if os.geteuid() == 0:
        pytest.skip("root can read everything")
    edge = small_edge(place, {"inside": "plain"}).start()
    path = edge.keys["redirect.db.partitions"]
    replace(path, "im3\nim4\n")
    os.chmod(path, 0)
    edge.logged("redirect.partitions")
    os.chmod(path, 0o644)
    until(lambda: ask(edge.ports["inside"], ALICE, "plain").target == TARGETS["im3"], 5, "im3")
