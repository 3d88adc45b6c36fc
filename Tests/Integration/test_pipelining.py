"""Clients that do not wait for what is offered: stream header and login in one segment. Whenever their answer comes, they hear the
beginning of the stream first, and nobody else hears it."""

import time

import pytest
from lab.client import Connection, header

import fakenode
from fakenode import FakeNode
from framing import frame, opening, upgrade
from relaying import node_that, relaying_edge
from small import DOMAIN, TARGETS, small_edge
from test_relay import auth
from test_websocket_relay import PLAIN, SUCCESS
from web import carries, carrying_edge
from web import node_that as web_node_that

SUCCEEDED = SUCCESS.encode()
LOGIN = auth("SCRAM-SHA-1", "n,,n=alice,r=abcdefgh")


def takes_the_login(talk):
    talk.hear(b"</auth>")
    talk.say(SUCCEEDED)
    fakenode.hung(talk)


@pytest.mark.parametrize("pause", [0, 0.2])
def test_relayed(place, pause):
    node = FakeNode(place, "im1", behave=node_that(takes_the_login)).start()
    edge = relaying_edge(place, [node]).start()
    with Connection(edge.ports["inside"]) as client:
        if pause:
            client.send(header(DOMAIN))
            time.sleep(pause)
            client.send(auth("PLAIN", "\0alice\0pw"))
        else:
            client.send(header(DOMAIN) + auth("PLAIN", "\0alice\0pw"))
        heard = client.read_until(SUCCEEDED)
    assert heard.startswith(b"<?xml ") and b"<stream:stream " in heard, heard
    assert heard.endswith(b"</stream:features>" + SUCCEEDED), heard


@pytest.mark.parametrize("pause", [0, 0.2])
def test_relayed_by_websocket(place, pause):
    def then(framed, _):
        framed.recv()
        framed.send(SUCCESS)
        return carries(framed)

    node = FakeNode(place, "im1", behave=web_node_that(then)).start()
    edge = carrying_edge(place, [node]).start()
    with upgrade(edge.ports["web"]) as client:
        if pause:
            client.send(opening(DOMAIN))
            time.sleep(pause)
            client.send(PLAIN)
        else:
            client.send_raw(frame(opening(DOMAIN)) + frame(PLAIN))
        assert client.recv().startswith("<open ")
        assert "<stream:features " in client.recv()
        assert client.recv() == SUCCESS


def test_not_relayed_because_the_node_is_gone(place):
    edge = relaying_edge(place, [FakeNode(place, "im1")]).start()
    with Connection(edge.ports["inside"]) as client:
        client.send(header(DOMAIN) + auth("PLAIN", "\0alice\0pw"))
        answer = client.read_to_end()
    assert answer.condition == "remote-connection-failed"
    assert answer.raw.count(b"<stream:stream ") == 1 and answer.raw.startswith(b"<?xml "), answer.raw


@pytest.fixture
def slow_edge(place):
    """One worker, and an answer takes its time."""
    edge = small_edge(place, {"inside": "plain"}, redirect__mode="redirect", redirect__cover="900ms",
                      workers="1", **{"limit.step": "500ms"}).start()
    yield edge
    assert edge.stop() == 0


def test_while_another_client_talks(slow_edge):
    port = slow_edge.ports["inside"]
    with Connection(port) as alice, Connection(port) as bob:
        alice.send(header(DOMAIN) + LOGIN)
        time.sleep(0.2)
        bob.send(header(DOMAIN, f"bob@{DOMAIN}"))
        for client, node in ((alice, "im1"), (bob, "im2")):
            answer = client.read_to_end()
            assert answer.target == TARGETS[node]
            assert answer.raw.count(b"<stream:stream ") == 1 and answer.raw.startswith(b"<?xml "), answer.raw


def test_while_another_client_is_sent_away(slow_edge):
    """Whose time is over: what he hears is his."""
    port = slow_edge.ports["inside"]
    with Connection(port) as alice, Connection(port) as bob:
        bob.send(header(DOMAIN))
        bob.read_until(b"</stream:features>")
        time.sleep(0.2)
        alice.send(header(DOMAIN) + LOGIN)
        answer = bob.read_to_end()
        assert answer.condition == "connection-timeout"
        assert answer.raw.startswith(b"<stream:error>"), answer.raw
        answer = alice.read_to_end()
        assert answer.target == TARGETS["im1"] and answer.raw.startswith(b"<?xml "), answer.raw
