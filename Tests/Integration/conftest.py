"""Fixtures. `place` is a directory and its processes for one test; `network` the real servers, once
for all tests."""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../scripts/lib"))

from lab import Place  # noqa: E402
from lab.certificates import Authority  # noqa: E402

import network as real_network  # noqa: E402


@pytest.fixture
def place():
    with Place("redirect-edge-test") as place:
        yield place


@pytest.fixture(scope="session")
def lasting_place():
    with Place("redirect-edge-tests") as place:
        yield place


@pytest.fixture(scope="session")
def authority(lasting_place):
    return Authority(lasting_place)


@pytest.fixture(scope="session")
def network(lasting_place, authority):
    return real_network.Network(lasting_place, authority)
