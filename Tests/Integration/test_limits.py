"""What a client may not do before it is answered, and what it hears then."""

import select
import time

import pytest
from lab.client import STREAM_END, Connection, ask, header
from small import DOMAIN, TARGETS, small_edge

ALICE = "alice@im.example"


@pytest.fixture
def edge(place):
    edge = small_edge(place, {"inside": "plain"}, **{
        "limit.step": "400ms", "limit.total": "1200ms"}).start()
    yield edge
    assert ask(edge.ports["inside"], ALICE, "plain").target == TARGETS["im1"]
    assert edge.stop() == 0


def conversation(edge, *parts: bytes, pause: float = 0.0):
    begin = time.monotonic()
    with Connection(edge.ports["inside"]) as connection:
        for part in parts:
            connection.send(part)
            if select.select([connection.socket], [], [], pause)[0] and pause:
                break
        answer = connection.read_to_end()
    return answer, time.monotonic() - begin


def test_a_client_that_says_nothing(edge):
    answer, seconds = conversation(edge)
    # The kernel itself waits a while for the first byte before the edge sees the client.
    assert 0.3 < seconds < 6
    assert answer.condition in (None, "connection-timeout")


def test_a_client_that_stops_in_the_middle(edge):
    answer, seconds = conversation(edge, header(DOMAIN))
    assert answer.condition == "connection-timeout"
    assert answer.raw.endswith(STREAM_END) and answer.orderly
    assert 0.3 < seconds < 1.2


def test_a_client_that_dawdles(edge):
    """A byte now and then is no step."""
    data = header(DOMAIN, ALICE)
    answer, seconds = conversation(edge, *[data[at:at + 1] for at in range(len(data))], pause=0.05)
    assert answer.condition == "connection-timeout"
    assert answer.orderly
    assert 0.3 < seconds < 2.5


# Each with a name: its bytes would make a long one.
NOT_ACCEPTED = [
    ("a document type", b"<!DOCTYPE x><stream:stream>", "restricted-xml"),
    ("a comment", header(DOMAIN) + b"<!-- hello -->", "restricted-xml"),
    ("a processing instruction", header(DOMAIN) + b"<?php hello ?>", "restricted-xml"),
    ("an entity", header(DOMAIN) + b"<auth>&lol;</auth>", "restricted-xml"),
    ("no XML", b"GET / HTTP/1.1\r\nHost: im.example\r\n\r\n", "not-well-formed"),
    ("a broken tag", header(DOMAIN) + b"<a></b>", "not-well-formed"),
    ("too many bytes", header(DOMAIN) + b"<a x='" + b"y" * 20_000, "policy-violation"),
    ("too many elements", header(DOMAIN) + b"<auth>" + b"<a/>" * 100, "policy-violation"),
    ("too deep", header(DOMAIN) + b"<a>" * 40, "policy-violation"),
    ("an unknown domain", header("elsewhere.example", "alice@elsewhere.example"), "host-unknown"),
]


@pytest.mark.parametrize("what, text, condition", NOT_ACCEPTED, ids=[what for what, *_ in NOT_ACCEPTED])
def test_what_is_not_accepted(edge, what, text, condition):
    answer, _ = conversation(edge, text)
    assert answer.condition == condition, f"{what}: {answer.raw!r}"
    assert answer.raw.endswith(STREAM_END)
    assert answer.orderly


def test_an_unknown_user_gets_an_error_not_silence(edge):
    answer = ask(edge.ports["inside"], "nobody@im.example", "plain")
    assert answer.target is None
    assert answer.condition
    assert answer.raw.endswith(STREAM_END) and answer.orderly


def test_hash_gives_the_unknown_the_same_node_on_every_edge(place):
    secret = place.file("secret", "thirty-two bytes of a test secret")
    edges = [small_edge(place, {"inside": "plain"}, name=name, **{
        "redirect.provider": "db,hash", "redirect.hash.secret": secret}).start()
        for name in ("one", "other")]
    users = [f"stranger{number}@im.example" for number in range(60)]
    answers = [[ask(edge.ports["inside"], user, "plain").target for user in users] for edge in edges]
    assert answers[0] == answers[1]
    assert set(answers[0]) == set(TARGETS.values())
