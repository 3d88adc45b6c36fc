"""What the admin port tells: every decision is counted, and a user's place is explained."""

import http.client
import json
import re
import socket
import urllib.parse

import pytest
from lab import free_port, until
from lab.client import Connection, ask, header
from lab.programs import ROOT, replace
from prometheus_client.parser import text_string_to_metric_families

from fakenode import FakeNode
from relaying import ALICE, BOB, enter, node_that, relaying_edge
from small import DOMAIN, compile_map, small_edge


def request(edge, method: str, path: str):
    connection = http.client.HTTPConnection("127.0.0.1", edge.admin_port, timeout=10)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read().decode()
    finally:
        connection.close()


def call(edge, method: str, path: str):
    status, kind, body = request(edge, method, path)
    assert kind == "application/json"
    return status, json.loads(body)


def metrics(edge) -> dict:
    """(Name, labels as `a=b,c=d`) -> value; read by Prometheus' own parser."""
    status, kind, text = request(edge, "GET", "/metrics")
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return {(sample.name.removeprefix("redirect_edge_"), ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text) for sample in family.samples}


def connections(numbers: dict, outcome: str, kind: str = "starttls") -> float:
    return numbers["connections_total", f"kind={kind},outcome={outcome}"]


def admin() -> str:
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def edge(place, authority):
    edge = small_edge(place, {"inside": "plain", "c2s": "starttls", "tls": "directtls"}, authority=authority,
                      admin__address=admin()).start()
    yield edge
    assert edge.stop() == 0


def test_every_family_is_in_the_documentation_and_no_other(edge):
    _, _, text = request(edge, "GET", "/metrics")
    with open(f"{ROOT}/docs/metrics.md") as file:
        described = re.findall(r"^\| `(redirect_edge_\w+)`", file.read(), re.MULTILINE)
    assert sorted(described) == sorted(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))


def test_redirects_are_counted(edge, authority):
    ask(edge.ports["inside"], f"alice@{DOMAIN}", "plain")
    ask(edge.ports["inside"], f"nobody@{DOMAIN}", "plain")
    with Connection(edge.ports["tls"]) as connection:
        connection.secure(authority.root, DOMAIN, alpn=["xmpp-client"])
    with socket.create_connection(("127.0.0.1", edge.ports["tls"]), 10) as stranger:
        stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
        while stranger.recv(4096):
            pass
    numbers = until(
        lambda: connections(found := metrics(edge), "lost", "directtls") == 2 and found, 10, lambda: metrics(edge))
    assert connections(numbers, "accepted") == 2 and connections(numbers, "accepted", "directtls") == 2
    assert connections(numbers, "redirected") == 1 and connections(numbers, "refused") == 1
    assert connections(numbers, "limited") == connections(numbers, "relayed") == 0
    assert numbers["identities_total", "source=header"] == 2 and numbers["identities_total", "source=login"] == 0
    assert numbers["lookups_total", "provider=db"] == 1 and numbers["lookups_total", "provider=none"] == 1
    assert numbers["answer_seconds_count", "way=redirect"] == numbers["answer_seconds_bucket", "le=+Inf,way=redirect"] == 1
    assert numbers["tls_handshake_seconds_count", ""] == 1 and numbers["tls_handshake_failures_total", ""] == 1
    assert (numbers["map_users", ""], numbers["map_partitions", ""], numbers["ready", ""]) == (2, 2, 1)


def test_a_drained_node_and_users_without_a_node(edge):
    for node in ("im1", "im2"):
        assert metrics(edge)["node_share", f"node={node}"] == 1
        call(edge, "POST", f"/v1/nodes/{node}/drain")
    ask(edge.ports["inside"], f"alice@{DOMAIN}", "plain")
    numbers = metrics(edge)
    assert numbers["node_share", "node=im1"] == 0 and numbers["node_drained", "node=im1"] == 1
    assert numbers["node_up", "node=im1"] == 1 and numbers["node_share", "node=im3"] == 1
    assert numbers["lookups_total", "provider=no-node"] == 1 and numbers["lookups_total", "provider=db"] == 0


def test_limits_are_counted(place, authority):
    edge = small_edge(place, {"c2s": "starttls"}, authority=authority, admin__address=admin(),
                      limit__address__concurrent="2", workers="1",
                      listener__c2s__clients="direct").start()
    with Connection(edge.ports["c2s"]) as one, Connection(edge.ports["c2s"]) as other:
        for connection in (one, other):
            connection.send(header(DOMAIN))
            connection.read_until(b"</stream:features>")
        with Connection(edge.ports["c2s"]) as third:
            assert third.read_to_end().condition in (None, "policy-violation")
    numbers = metrics(edge)
    assert numbers["limits_total", "limit=address"] == connections(numbers, "limited") == 1
    assert numbers["limits_total", "limit=connections"] == 0 and connections(numbers, "accepted") == 3


def test_relayed_clients_come_and_go(place):
    def echo(talk):
        while data := talk.connection.recv(4096):
            talk.connection.sendall(data)

    nodes = [FakeNode(place, name, behave=node_that(echo)).start() for name in ("im1", "im2")]
    edge = relaying_edge(place, nodes, admin__address=admin()).start()
    clients = [enter(edge, user) for user in (ALICE, BOB)]
    for client in clients:
        client.send(b"<presence/>")
        client.read_until(b"<presence/>")
    numbers = metrics(edge)
    assert numbers["relayed_clients", ""] == 2 and connections(numbers, "relayed") == 2
    assert numbers["answer_seconds_count", "way=relay"] == 2
    assert numbers["relayed_bytes_total", "from=client"] >= 22 and numbers["relayed_bytes_total", "from=node"] >= 22
    clients[0].socket.close()
    until(lambda: metrics(edge)["relayed_clients", ""] == 1, 10, lambda: metrics(edge))
    clients[1].socket.close()
    until(lambda: metrics(edge)["relayed_clients", ""] == 0, 10, lambda: metrics(edge))
    assert connections(metrics(edge), "relayed") == 2


def test_files_are_read_again(place, edge):
    status, told = call(edge, "GET", "/v1/map")
    assert status == 200 and told["refused"] == [] and told["map"]["users"] == 2
    compile_map(place, "redirect", {"alice@im.example": 2, "bob@im.example": 1, "carol@im.example": 1})
    status, told = call(edge, "POST", "/v1/refresh")
    assert status == 200 and told["map"]["users"] == 3 and told["map"]["path"].endswith("redirect.mdb")
    replace(place.file("redirect.mdb"), b"no map")
    status, told = call(edge, "POST", "/v1/refresh")
    assert status == 409 and told["map"]["users"] == 3 and "redirect.mdb" in told["refused"][0]
    numbers = metrics(edge)
    assert numbers["files_refused", ""] == 1 and numbers["reloads_total", "result=refused"] >= 1
    assert numbers["map_users", ""] == 3 and numbers["reloads_total", "result=taken"] >= 1


def test_where_a_user_is_and_why(edge):
    def where(user: str):
        return call(edge, "GET", f"/v1/where?user={urllib.parse.quote(user)}")

    status, told = where("Alice@IM.example/phone")
    assert status == 200
    assert told == {"user": f"alice@{DOMAIN}", "provider": "db", "partition": 1, "nodes": ["im1", "im2"], "node": "im1",
                    "because": "it is the first node of the partition"}
    call(edge, "POST", "/v1/nodes/im1/drain")
    _, told = where("alice")
    assert told["node"] == "im2" and told["because"].startswith("it is fallback 1 of the partition")
    call(edge, "POST", "/v1/nodes/im2/drain")
    assert where("alice")[1] == {"user": f"alice@{DOMAIN}", "node": None, "because": "none of its nodes takes clients"}
    assert where("Ümit")[1] == {"user": f"ümit@{DOMAIN}", "node": None, "because": "no provider knows it"}
    assert where("a b@c")[0] == 400
    for path in ("/v1/where", "/v1/where?user=", "/v1/where?user=%zz", "/v1/where?user=%C3", "/v1/where?name=alice"):
        status, told = call(edge, "GET", path)
        assert status == 400 and told["error"]
