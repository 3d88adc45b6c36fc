"""Nodes are killed and come back: nobody is sent to a dead node for long, and everybody home again."""

import signal
import time

import pytest
from failover import POOLS, LightPool, Probing, kill_and_report
from lab import until
from lab.client import ask

pytestmark = pytest.mark.alone

ROUNDS = 10

# What the issue of the pool promises for the default configuration, whatever implies it.
PROMISED_SECONDS = 3.0

# The address of the one client that does come back.
PATIENT = "127.2.0.1"


def test_fifty_nodes_are_killed_and_come_back(place, authority, record_property):
    """Of five pools at the same time, ten times each, in random order; then each pool as a whole.
    `scripts/measure failover` shows the distribution."""
    detections, description = kill_and_report(place, authority, ROUNDS)
    record_property("detections", description)
    print(description)
    assert len(detections) == POOLS * ROUNDS
    assert max(detections) <= Probing().bound < PROMISED_SECONDS


@pytest.fixture
def rarely_probed(place, authority):
    """Whatever is noticed within a minute was noticed because of a client."""
    pool = LightPool(place, authority, "rare", redirect__pollfrequency="60s")
    yield pool
    assert pool.edge.stop() == 0


def test_a_client_that_returns_takes_a_dead_node_down_at_once(rarely_probed):
    pool = rarely_probed
    pool.nodes["im1"].kill()
    assert [pool.ask(1) for _ in range(20)] == ["im1"] * 20, "nobody has come back yet"
    assert pool.ask(1, PATIENT) == "im1"
    returned = time.monotonic()
    pool.ask(1, PATIENT)
    until(lambda: pool.ask(1, PATIENT) == "im2", PROMISED_SECONDS,
          "the one who returned to be sent elsewhere")
    print(f"noticed {time.monotonic() - returned:.3f} s after the client's return")
    assert [pool.ask(1) for _ in range(20)] == ["im2"] * 20, "and so is everybody else"


def test_clients_alone_take_no_node_down(rarely_probed):
    pool = rarely_probed
    assert [pool.ask(1, PATIENT) for _ in range(200)] == ["im1"] * 200


def test_a_node_that_hangs_is_left(place, authority):
    """It accepts connections, as the kernel does for it, and says nothing."""
    pool = LightPool(place, authority, "hanging", redirect__probe__return="0")
    node = pool.nodes["im1"].process
    try:
        node.signal(signal.SIGSTOP)
        # A probe to the features may take four times as long before it counts.
        until(lambda: pool.ask(1) == "im2", 4 * PROMISED_SECONDS, "a node that hangs to be left")
    finally:
        node.signal(signal.SIGCONT)
    until(lambda: pool.ask(1) == "im1", 4 * PROMISED_SECONDS, "users to return")
    assert pool.edge.stop() == 0


# The cluster: people log in elsewhere, and at home again


def test_users_of_a_killed_node_log_in_at_its_fallback(crowd, deployment):
    crowd.come(deployment.database)
    pool, victim = deployment.pool, "im2"
    theirs = [user for user, home in deployment.home.items() if home == victim]
    elsewhere = {user: (line[1] if line[0] == victim else line[0])
                 for user, line in deployment.line.items()}
    assert set(elsewhere[user] for user in theirs) == {"im1", "im3"}

    pool.nodes[victim].kill()
    crowd.come_again(theirs)
    assert where(pool) == elsewhere
    crowd.announce("we are all here")

    pool.bring_back(victim)
    begun = time.monotonic()
    told = {user: answer(deployment, user) for user in theirs}
    assert all(told[user] in deployment.line[user][:2] for user in theirs)
    until(lambda: all(answer(deployment, user) == victim for user in theirs), 60,
          f"all users of {victim} to be sent there again", every=0.5)
    print(f"all sent home {time.monotonic() - begun:.1f} s after the node was back")

    assert crowd.come_again(theirs) == 0, "nobody is sent where nobody answers"
    assert where(pool) == deployment.home
    crowd.announce("home again")


def where(pool) -> dict[str, str]:
    return {jid.split("/")[0]: node for jid, node in pool.sessions().items()}


def answer(deployment, user: str) -> str:
    """The node that a user is told, through the balancer."""
    reply = ask(deployment.balancer.ports["c2s"], user, "starttls", deployment.authority.root)
    nodes = {f"127.0.0.1:{node.port}": name for name, node in deployment.pool.nodes.items()}
    return nodes[reply.target] if reply.target else reply.condition
