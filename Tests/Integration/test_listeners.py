"""Listeners as clients and balancers see them: TLS, certificates, the PROXY protocol."""

import socket
import ssl
import struct

import pytest
from lab import free_port, until
from lab.client import STREAM_END, Connection, ask, header
from lab.programs import Edge
from small import DOMAIN, TARGETS, small_edge

ALICE, BOB = "alice@im.example", "bob@im.example"
OTHER = "second.example"


# TLS


@pytest.fixture(scope="module")
def two_domains(lasting_place, authority):
    """An edge with a certificate for each of two hosted domains; the first is also the default."""
    other = authority.certificate(OTHER)
    edge = small_edge(
        lasting_place, {"c2s": "starttls", "c2s-tls": "directtls"},
        {ALICE: 1, BOB: 2, f"carol@{OTHER}": 2}, authority, domains=f"{DOMAIN}, {OTHER}",
        **{f"tls.{OTHER}.certificate": other.chain, f"tls.{OTHER}.key": other.key})
    edge.start()
    yield edge
    assert edge.stop() == 0


@pytest.mark.parametrize("how", ["starttls", "directtls"])
@pytest.mark.parametrize("user", [ALICE, f"carol@{OTHER}"])
def test_sni_picks_the_certificate(two_domains, authority, how, user):
    port = two_domains.ports["c2s" if how == "starttls" else "c2s-tls"]
    answer = ask(port, user, how, authority.root)
    assert answer.names == [user.split("@")[1]]
    assert answer.target


def test_starttls_without_sni_gets_the_certificate_of_the_streams_to(two_domains, authority):
    for domain in (DOMAIN, OTHER):
        with Connection(two_domains.ports["c2s"]) as connection:
            connection.send(header(domain))
            connection.read_until(b"</stream:features>")
            connection.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            connection.read_until(b"<proceed", b">")
            connection.read_until(b">")
            connection.secure(authority.root, None)
            connection.send(header(domain, f"alice@{domain}"))
            assert connection.read_to_end().names == [domain]


def test_directtls_without_sni_gets_the_default_certificate(two_domains, authority):
    """libstrophe 0.12 sends none."""
    with Connection(two_domains.ports["c2s-tls"]) as connection:
        connection.secure(authority.root, None)
        connection.send(header(DOMAIN, ALICE))
        answer = connection.read_to_end()
    assert answer.names == [DOMAIN]
    assert answer.target == TARGETS["im1"].replace(":5", ":6")


def test_alpn_names_xmpp_client(two_domains, authority):
    answer = ask(two_domains.ports["c2s-tls"], ALICE, "directtls", authority.root)
    assert answer.protocol == "xmpp-client"


def test_alpn_for_something_else_is_refused(two_domains, authority):
    with Connection(two_domains.ports["c2s-tls"]) as connection, pytest.raises(ssl.SSLError):
        connection.secure(authority.root, DOMAIN, alpn=["h2"])


def test_the_target_is_of_the_kind_of_connection(two_domains, authority):
    by_starttls = ask(two_domains.ports["c2s"], BOB, "starttls", authority.root)
    by_tls = ask(two_domains.ports["c2s-tls"], BOB, "directtls", authority.root)
    assert by_starttls.target == TARGETS["im2"]
    assert by_tls.target == TARGETS["im2"].replace(":5", ":6")


def test_a_tls_hello_on_the_starttls_port_is_served(two_domains, authority):
    answer = ask(two_domains.ports["c2s"], ALICE, "directtls", authority.root)
    assert answer.target == TARGETS["im1"].replace(":5", ":6")


def test_a_foreign_domain_is_unknown(two_domains):
    with Connection(two_domains.ports["c2s"]) as connection:
        connection.send(header("nowhere.example", "alice@nowhere.example"))
        answer = connection.read_to_end()
    assert answer.condition == "host-unknown"
    assert answer.raw.endswith(STREAM_END) and answer.orderly


def test_bytes_between_starttls_and_the_hello_are_no_secure_input(two_domains):
    """Injection: what follows `<starttls/>` in plain text must not be taken into the TLS stream."""
    with Connection(two_domains.ports["c2s"]) as connection:
        connection.send(header(DOMAIN))
        connection.read_until(b"</stream:features>")
        connection.send(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" + header(DOMAIN, BOB))
        answer = connection.read_to_end()
    assert answer.target is None
    assert b"<proceed" not in answer.raw


@pytest.mark.parametrize("late", [b"", b"\r\n "])
def test_white_space_behind_starttls_is_dropped(two_domains, authority, late):
    """go-xmpp sends a line feed; it may come with the element, or after `<proceed/>`."""
    with Connection(two_domains.ports["c2s"]) as connection:
        connection.send(header(DOMAIN))
        connection.read_until(b"</stream:features>")
        connection.send(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>\n")
        connection.read_until(b"/>")
        if late:
            connection.send(late)
        connection.secure(authority.root, DOMAIN)
        connection.send(header(DOMAIN, BOB))
        assert connection.read_to_end().target == TARGETS["im2"]


# The PROXY protocol


def version1(source: str) -> bytes:
    return f"PROXY TCP4 {source} 192.0.2.1 50000 5222\r\n".encode()


def version2(source: str) -> bytes:
    addresses = socket.inet_aton(source) + socket.inet_aton("192.0.2.1") + struct.pack("!HH", 50000, 5222)
    extension = b"\x04\x00\x03abc"  # PP2_TYPE_NOOP
    return (b"\r\n\r\n\x00\r\nQUIT\n\x21\x11" + struct.pack("!H", len(addresses) + len(extension))
            + addresses + extension)


LOCAL = b"\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00"


def behind_proxy(place, **changes) -> Edge:
    return small_edge(place, {"inside": "plain"}, **{
        "listener.inside.proxy": "required", "listener.inside.proxy.from": "127.0.0.0/8",
        "log.level": "debug", **changes}).start()


@pytest.mark.parametrize("name, preamble", [
    ("v1", version1("198.51.100.7")), ("v2", version2("198.51.100.7")), ("local", LOCAL),
    ("unknown", b"PROXY UNKNOWN\r\n")])
def test_a_proxy_header_in_any_fragmentation(place, name, preamble):
    edge = behind_proxy(place)
    data = preamble + header(DOMAIN, ALICE)
    cuts = [*range(1, len(preamble) + 2)]
    for cut in cuts:
        with Connection(edge.ports["inside"]) as connection:
            connection.send(data[:cut])
            pause()
            connection.send(data[cut:])
            assert connection.read_to_end().target == TARGETS["im1"], f"{name} cut at {cut}"
    with Connection(edge.ports["inside"]) as connection:
        for byte in data:
            connection.send(bytes([byte]))
        assert connection.read_to_end().target == TARGETS["im1"]
    if name.startswith("v"):
        assert "198.51.100.7" in edge.log, "the client's own address is not known"
    assert edge.stop() == 0


def pause():
    """Long enough for the edge to read what was sent so far."""
    import time

    time.sleep(0.002)


@pytest.mark.parametrize("start", [header(DOMAIN, ALICE), b"PROXY TCP4 nonsense\r\n",
                                   b"\r\n\r\n\x00\r\nQUIT\n\x31\x11\x00\x0c" + b"x" * 12,
                                   b"PROXY " + b"x" * 200])
def test_without_a_right_proxy_header_nothing_is_said(place, start):
    edge = behind_proxy(place)
    with Connection(edge.ports["inside"]) as connection:
        connection.send(start)
        assert connection.read_to_end().raw == b""
    assert ask_behind(edge, version1("198.51.100.7")) == TARGETS["im1"]


def ask_behind(edge, preamble: bytes):
    with Connection(edge.ports["inside"]) as connection:
        connection.send(preamble + header(DOMAIN, ALICE))
        return connection.read_to_end().target


def test_only_trusted_networks_may_name_clients(place):
    edge = behind_proxy(place, **{"listener.inside.proxy.from": "127.0.7.0/24"})
    with Connection(edge.ports["inside"], source="127.0.0.1") as connection:
        connection.send(version1("198.51.100.7") + header(DOMAIN, ALICE))
        assert connection.read_to_end().target is None
    with Connection(edge.ports["inside"], source="127.0.7.9") as connection:
        connection.send(version1("198.51.100.7") + header(DOMAIN, ALICE))
        assert connection.read_to_end().target == TARGETS["im1"]


def test_a_proxy_header_is_not_guessed(place):
    edge = small_edge(place, {"inside": "plain"}).start()
    with Connection(edge.ports["inside"]) as connection:
        connection.send(version1("198.51.100.7") + header(DOMAIN, ALICE))
        assert connection.read_to_end().target is None


HAPROXY = """
global
  maxconn 1000
defaults
  mode tcp
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend clients
  bind 127.0.0.1:{front}
  default_backend edges
backend edges
  server edge1 127.0.0.1:{back} send-proxy-v2 check check-send-proxy inter 100ms
"""


def test_behind_a_real_haproxy(place, authority):
    edge = small_edge(place, {"c2s": "starttls"}, authority=authority, **{
        "listener.c2s.proxy": "required", "listener.c2s.proxy.from": "127.0.0.0/8",
        "log.level": "debug"}).start()
    front = free_port()
    configuration = place.file("haproxy.cfg", HAPROXY.format(front=front, back=edge.ports["c2s"]))
    haproxy = place.start("haproxy", ["/usr/sbin/haproxy", "-db", "-f", configuration])
    until(lambda: haproxy.listens(front), 10, "haproxy to listen")
    for user, node in ((ALICE, "im1"), (BOB, "im2")):
        answer = ask(front, user, "starttls", authority.root, source="127.0.9.1")
        assert answer.target == TARGETS[node] and answer.orderly
    until(lambda: "127.0.9.1" in edge.log, 5, "the client's own address in the log")
    assert edge.stop() == 0
