"""The admin port: state of the nodes, draining, readiness."""

import http.client
import json
import signal

import pytest
from lab import free_port, until
from lab.client import ask
from small import DOMAIN, small_edge

TOKEN = "a token of twenty-four bytes"


def call(port: int, method: str, path: str, **headers):
    """Status and JSON body of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        return answer.status, json.loads(body) if body else None
    finally:
        connection.close()


@pytest.fixture
def edge(place):
    port = free_port()
    edge = small_edge(place, {"inside": "plain"}, admin__address=f"127.0.0.1:{port}")
    edge.start()
    yield edge
    assert edge.stop() == 0


def home(edge, user: str) -> str | None:
    return ask(edge.ports["inside"], f"{user}@{DOMAIN}", "plain").target


def test_drain_and_activate(edge):
    assert home(edge, "alice") == "127.0.0.1:5001"
    status, node = call(edge.admin_port, "POST", "/v1/nodes/im1/drain")
    assert (status, node["drained"], node["share"]) == (200, True, 0)
    # alice's partition goes to its fallback, and no connection was cut.
    assert home(edge, "alice") == "127.0.0.1:5002"
    assert home(edge, "bob") == "127.0.0.1:5002"
    edge.logged("drained by an administrator", "im1")
    status, nodes = call(edge.admin_port, "GET", "/v1/nodes")
    assert [node["drained"] for node in nodes["nodes"]] == [True, False, False, False]
    status, node = call(edge.admin_port, "POST", "/v1/nodes/im1/activate")
    assert (status, node["drained"], node["share"]) == (200, False, 1)
    assert home(edge, "alice") == "127.0.0.1:5001"


def test_a_drained_node_stays_so_over_a_reload(edge):
    call(edge.admin_port, "POST", "/v1/nodes/im1/drain")
    edge.write(redirect__to__im2__weight="2")
    until(lambda: edge.log.count("serving") == 2, 10, "the new configuration")
    assert home(edge, "alice") == "127.0.0.1:5002"
    assert call(edge.admin_port, "GET", "/v1/nodes")[1]["nodes"][1]["weight"] == 2


def test_readiness(edge):
    assert call(edge.admin_port, "GET", "/livez") == (200, {"live": True})
    assert call(edge.admin_port, "GET", "/readyz")[0] == 200
    for node in ("im1", "im2", "im3", "im4"):
        call(edge.admin_port, "POST", f"/v1/nodes/{node}/drain")
    status, answer = call(edge.admin_port, "GET", "/readyz")
    assert (status, answer["checks"]) == (503, {"accepting": True, "node": False})
    call(edge.admin_port, "POST", "/v1/nodes/im3/activate")
    assert call(edge.admin_port, "GET", "/readyz")[0] == 200


def test_not_ready_while_it_drains(place):
    port = free_port()
    edge = small_edge(place, {"inside": "plain"}, admin__address=f"127.0.0.1:{port}",
                      drain__delay="2s")
    edge.start()
    edge.process.signal(signal.SIGTERM)
    edge.logged("draining")
    assert call(port, "GET", "/readyz")[1]["checks"]["accepting"] is False
    assert home(edge, "alice") == "127.0.0.1:5001"
    assert edge.process.wait(20) == 0


@pytest.mark.parametrize("method, path, status", [
    ("GET", "/", 404), ("GET", "/v1/nodes/im1/drain", 405), ("POST", "/v1/nodes/nobody/drain", 404),
    ("DELETE", "/v1/nodes", 405), ("POST", "/v1/nodes/im1/stop", 404)])
def test_requests_that_are_none(edge, method, path, status):
    found, answer = call(edge.admin_port, method, path)
    assert found == status
    assert answer["error"]
    assert home(edge, "alice") == "127.0.0.1:5001"


def test_a_page_in_a_browser_changes_nothing(edge):
    assert call(edge.admin_port, "POST", "/v1/nodes/im1/drain", Origin="https://evil.example")[0] == 403
    assert home(edge, "alice") == "127.0.0.1:5001"


def test_a_token_is_asked_for(place):
    port = free_port()
    place.file("admin.token", TOKEN + "\n")
    edge = small_edge(place, {"inside": "plain"}, admin__address=f"127.0.0.1:{port}",
                      admin__token="admin.token").start()
    assert call(port, "GET", "/livez")[0] == 401
    assert call(port, "GET", "/livez", Authorization="Bearer wrong")[0] == 401
    assert call(port, "GET", "/livez", Authorization=f"Bearer {TOKEN}")[0] == 200
    assert edge.stop() == 0


@pytest.mark.parametrize("token", ["", "short\n", "\n" * 20])
def test_a_token_that_anybody_guesses_is_a_fault(place, token):
    place.file("admin.token", token)
    edge = small_edge(place, {"inside": "plain"}, admin__address=f"127.0.0.1:{free_port()}",
                      admin__token="admin.token")
    edge.write()
    found = place.run([*edge.command, "--check"], check=False)
    assert found.returncode == 1
    assert "admin.token: expected a secret of at least 16 bytes" in found.stderr


def test_an_open_admin_port_is_a_fault(place):
    edge = small_edge(place, {"inside": "plain"}, admin__address="0.0.0.0:5290")
    edge.write()
    found = place.run([*edge.command, "--check"], check=False)
    assert found.returncode == 1
    assert "which others can reach" in found.stderr


def test_an_address_in_use_is_said_at_the_start(place, edge):
    other = small_edge(place, {"inside": "plain"}, name="other",
                       admin__address=f"127.0.0.1:{edge.admin_port}")
    other.write()
    found = place.run(other.command, check=False)
    assert found.returncode == 71
    assert "in use" in found.stderr


def test_a_target_that_is_the_edges_own_listener(place):
    """The listener serves all addresses of the machine, so the target need not be written like it."""
    edge = small_edge(place, {"inside": "plain"})
    port = edge.ports["inside"]
    edge.keys["listener.inside.address"] = f"0.0.0.0:{port}"
    edge.keys["redirect.to.im2.host"] = f"127.0.0.1:{port}"
    edge.write()
    found = place.run([*edge.command, "--check"], check=False)
    assert found.returncode == 1
    lines = {key: number for number, key in enumerate(edge.keys, start=1)}
    assert f"edge.conf:{lines['redirect.to.im2.host']}: `redirect.to.im2.host` is" in found.stderr
    assert f"edge.conf:{lines['listener.inside.address']})" in found.stderr
