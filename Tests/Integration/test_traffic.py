"""Traffic between real nodes, counted by the kernel on the ports of the Erlang distribution."""

import pytest
from lab.pool import NODES
from traffic import compare

pytestmark = pytest.mark.alone

# `scripts/measure traffic` makes five and shows the spread, which is about 1 %.
ROUNDS = 3

LEAST_RATIO = 3.0


def test_rosters_save_two_thirds_of_the_presence_traffic(crowd, deployment):
    comparison = compare(crowd, ROUNDS)
    # The map of this moment is random: the same people, the same number on each node.
    assert [list(deployment.home.values()).count(node) for node in NODES] == [100, 100, 100]
    # Each of 300 users sent three presences to two other nodes' tables at least.
    assert min(comparison.rosters) > 300 * 3 * 2 * 50
    assert comparison.ratio >= LEAST_RATIO, comparison
