"""Fixtures. `place` is a directory and its processes for one test; `network` two real servers, once
for all tests; `deployment` a cluster of three with edges in front, and `crowd` its people."""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../scripts/lib"))

from lab import Place  # noqa: E402
from lab.certificates import Authority  # noqa: E402

import network as real_network  # noqa: E402
from crowd import Crowd  # noqa: E402
from deployment import Deployment  # noqa: E402


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


@pytest.fixture(scope="session")
def deployment():
    with Place("redirect-edge-pool") as place:
        deployment = Deployment(place, Authority(place))
        yield deployment
        deployment.stop()


@pytest.fixture(scope="session")
def crowd(deployment):
    crowd = Crowd(deployment)
    yield crowd
    crowd.close()
