"""What clients are offered on a relaying listener, and who gets in: the table of docs/relaying.md, line by line.

Each line is played at the edge and, for comparison, at the node itself: what fails there too is not the edge's.
"""

import hashlib
import os
import re
import ssl

import pytest
from lab import until
from lab.programs import ROOT

from logins import SASL2
from offering import (ALICE, BOB, IN_THE_CLEAR, NO_NEWER_THAN_1_2, TLS_1_2, TLS_1_3, WITH_PLAIN,
                      ejabberd, modules, prosody)

SCRAM, PLUS = "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"
SCRAM_256, PLUS_256 = "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"
SHA_256 = 'password_hash = "SHA-256"\n'
NO_PLUS = f'disable_sasl_mechanisms = {{ "DIGEST-MD5", "{PLUS}" }}\n'


def offered(scene, at: str = "edge", **more):
    """The mechanisms and the types of channel binding on a stream."""
    with scene.enter(at, **more) as client:
        return set(client.offer.mechanisms), client.offer.bindings


def same_offer(scene, mechanisms: set, bindings=None):
    """Edge and node offer this, whatever the client's TLS is."""
    expected = (mechanisms, None if bindings is None else frozenset(bindings))
    assert offered(scene, "im1") == expected
    for how in ("starttls", "directtls", "plain"):
        assert offered(scene, how=how) == expected
    assert offered(scene, version=TLS_1_2) == expected


# MARK: Debian's Prosody 0.12


@pytest.mark.parametrize("how", ["starttls", "directtls"])
def test_prosody_over_tls_1_3(place, authority, how):
    scene = prosody(place, authority, how)
    same_offer(scene, {SCRAM, "PLAIN"})
    for at in ("edge", "im1"):
        assert scene.plain(at) == "in"
        assert scene.scram(SCRAM, "n", at) == "in"
        # The list has no -PLUS, so a client that could bind says so; nothing is wrong with that.
        assert scene.scram(SCRAM, "y", at) == "in"
    assert scene.scram(SCRAM, "y", version=TLS_1_2) == "in"


@pytest.mark.parametrize("how", ["starttls", "directtls"])
def test_prosody_over_tls_1_2(place, authority, how):
    scene = prosody(place, authority, how, SHA_256 + NO_NEWER_THAN_1_2)
    same_offer(scene, {SCRAM_256, PLUS_256, "PLAIN"})
    assert scene.scram(PLUS_256, "tls-unique", "im1") == "in"
    # There are two TLS connections, so there are two such values.
    assert scene.scram(PLUS_256, "tls-unique", version=TLS_1_2) == "malformed-request"
    for at in ("edge", "im1"):
        assert scene.plain(at) == "in"
        assert scene.scram(SCRAM_256, "n", at) == "in"
        # It lies: it was offered -PLUS.
        assert scene.scram(SCRAM_256, "y", at) == "malformed-request"


def test_prosody_that_hides_plus(place, authority):
    """The binding stays where it was: those that say `y` are refused, at the node too."""
    scene = prosody(place, authority, "starttls", NO_NEWER_THAN_1_2 + NO_PLUS)
    same_offer(scene, {SCRAM, "PLAIN"})
    for at in ("edge", "im1"):
        assert scene.plain(at) == "in"
        assert scene.scram(SCRAM, "n", at) == "in"
        assert scene.scram(SCRAM, "y", at) == "malformed-request"


def test_prosody_in_the_clear(place, authority):
    scene = prosody(place, authority, "plain", IN_THE_CLEAR + WITH_PLAIN)
    same_offer(scene, {SCRAM, "PLAIN"})
    for at in ("edge", "im1"):
        assert scene.plain(at) == "in"
        assert scene.scram(SCRAM, "n", at) == "in"
        assert scene.scram(SCRAM, "y", at) == "in"


def test_prosody_in_the_clear_without_plain(place, authority):
    scene = prosody(place, authority, "plain", IN_THE_CLEAR)
    same_offer(scene, {SCRAM})
    assert scene.scram(SCRAM, "y") == "in"
    for at in ("edge", "im1"):
        assert scene.plain(at) == "encryption-required"


def test_a_node_that_wants_tls_and_gets_none(place, authority):
    scene = prosody(place, authority, "plain")
    assert offered(scene, "im1") == offered(scene) == (set(), None)
    with scene.enter("im1") as client:
        assert b"starttls" in client.features
    with scene.enter() as client:
        assert b"starttls" not in client.features
    assert scene.scram(SCRAM) == scene.scram(SCRAM, at="im1") == "encryption-required"


# MARK: ejabberd 23.01


@pytest.mark.parametrize("how, newest", [("starttls", "1.3"), ("directtls", "1.2")])
def test_ejabberd(place, authority, how, newest):
    scene = ejabberd(place, authority, how,
                     "    protocol_options: [no_tlsv1_3]\n" if newest == "1.2" else "")
    same_offer(scene, {SCRAM, PLUS, "PLAIN", "X-OAUTH2"})
    assert scene.scram(PLUS, "tls-unique", "im1") == "in"
    assert scene.scram(PLUS, "tls-unique", version=TLS_1_2) == "not-authorized"
    assert scene.scram(PLUS, "tls-unique", version=TLS_1_3) == "not-authorized"
    for at in ("edge", "im1"):
        assert scene.plain(at) == "in"
        assert scene.scram(SCRAM, "n", at) == "in"
        # It does not look at that.
        assert scene.scram(SCRAM, "y", at) == "in"


def test_ejabberd_without_plus(place, authority):
    scene = ejabberd(place, authority, "starttls", options=f"disable_sasl_mechanisms: [{PLUS}, X-OAUTH2]\n")
    same_offer(scene, {SCRAM, "PLAIN"})
    for binding in ("n", "y"):
        assert scene.scram(SCRAM, binding) == "in"


def test_ejabberd_in_the_clear(place, authority):
    scene = ejabberd(place, authority, "plain")
    same_offer(scene, {SCRAM, "PLAIN", "X-OAUTH2"})
    for binding in ("n", "y"):
        assert scene.scram(SCRAM, binding) == "in"
    assert scene.plain() == "in"


def test_a_mechanism_that_does_not_name_the_user(place, authority):
    """Offered, because the node offers it; a client that begins with it hears so and takes another, or was named by its
    header, and then the node answers."""
    scene = ejabberd(place, authority, "starttls", passwords="auth_password_format: plain\n")
    assert "DIGEST-MD5" in offered(scene)[0] and offered(scene) == offered(scene, "im1")
    with scene.enter() as client:
        assert client.begin("DIGEST-MD5", None)[0] == "invalid-mechanism"
        assert client.scram(SCRAM_256, "alice", scene.password) == "in"
    with scene.enter(sender=ALICE) as client:
        answer, challenge = client.begin("DIGEST-MD5", None)
        assert answer == "challenge" and b"nonce=" in challenge


# MARK: Bindings that newer servers have


def end_point(*types: str, **more) -> str:
    names = ", ".join(f'"{name}"' for name in types)
    lines = "".join(f'newer_sasl_{key} = "{value}"\n' for key, value in more.items())
    return modules("newer_sasl") + f"newer_sasl_bindings = {{ {names} }}\n" + lines


@pytest.mark.parametrize("how, newest", [("starttls", "1.3"), ("directtls", "1.2")])
@pytest.mark.parametrize("certificates", ["same", "different"])
def test_the_end_point_is_the_certificate(place, authority, how, newest, certificates):
    settings = end_point("tls-server-end-point")
    bindings = {"tls-server-end-point"}
    if newest == "1.2":
        settings += NO_NEWER_THAN_1_2
        bindings.add("tls-unique")
    scene = prosody(place, authority, how, settings, certificates)
    same_offer(scene, {SCRAM, PLUS, "PLAIN"}, bindings)
    assert scene.scram(PLUS, "tls-server-end-point", "im1") == "in"
    expected = "in" if certificates == "same" else "malformed-request"
    for way in ("starttls", "directtls"):
        for version in (TLS_1_2, TLS_1_3):
            assert scene.scram(PLUS, "tls-server-end-point", how=way, version=version) == expected
    assert scene.scram(SCRAM, "n") == scene.plain() == "in"


def test_a_node_that_knows_the_certificate_of_the_edge(place, authority):
    """As `tls_server_end_point_hash` of Prosody 13: the node is told what clients see."""
    seen = authority.certificate("im.example", "of-the-edge")
    with open(seen.chain) as file:
        digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).hexdigest()
    scene = prosody(place, authority, "starttls",
                    end_point("tls-server-end-point", end_point=digest), certificates=seen)
    assert scene.scram(PLUS, "tls-server-end-point") == "in"
    # Whoever comes directly sees another one.
    assert scene.scram(PLUS, "tls-server-end-point", "im1") == "malformed-request"


@pytest.mark.parametrize("certificates", ["same", "different"])
def test_an_exporter_is_of_one_connection(place, authority, certificates):
    scene = prosody(place, authority, "starttls", end_point("tls-exporter"), certificates)
    same_offer(scene, {SCRAM, PLUS, "PLAIN"}, {"tls-exporter"})
    assert scene.scram(PLUS, "tls-exporter", "im1") == "in"
    assert scene.scram(PLUS, "tls-exporter") == "malformed-request"
    assert scene.scram(SCRAM, "n") == scene.plain() == "in"


# MARK: The list that was shown


@pytest.mark.parametrize("how", ["starttls", "plain"])
def test_a_client_that_verifies_the_list(place, authority, how):
    """XEP-0474: the node's hash is over what the edge has shown."""
    settings = modules("newer_sasl", "sasl2") + 'newer_sasl_downgrade = "0474"\n'
    scene = prosody(place, authority, how,
                    settings + (IN_THE_CLEAR if how == "plain" else ""))
    for at in ("edge", "im1"):
        for sender in (None, ALICE):
            assert scene.scram(SCRAM, "y", at, sender=sender, verifies=True) == "in"
            with scene.enter(at, sender=sender) as client:
                assert SCRAM in client.offer.sasl2
                assert client.scram(SCRAM, "alice", scene.password, "y", True, SASL2) == "in"


def test_a_client_that_verifies_the_list_and_binds(place, authority):
    settings = end_point("tls-server-end-point", "tls-exporter", downgrade="0474")
    scene = prosody(place, authority, "starttls", settings)
    same_offer(scene, {SCRAM, PLUS, "PLAIN"}, {"tls-server-end-point", "tls-exporter"})
    for at in ("edge", "im1"):
        assert scene.scram(PLUS, "tls-server-end-point", at, verifies=True) == "in"
        assert scene.scram(SCRAM, "n", at, verifies=True) == "in"


def test_nodes_that_disagree(place, authority):
    """Clients are shown what all nodes have: those that verify the list find it wrong, unless their header names them."""
    protected = modules("newer_sasl") + 'newer_sasl_downgrade = "0474"\n'
    scene = prosody(place, authority, "starttls", {
        "im1": protected, "im2": protected + 'disable_sasl_mechanisms = { "DIGEST-MD5", "PLAIN" }\n'})
    line = scene.edge.logged("nodes do not offer the same")
    assert "im1: PLAIN SCRAM-SHA-1" in line and "im2: SCRAM-SHA-1" in line
    until(lambda: offered(scene) == ({SCRAM}, None), 5, lambda: offered(scene))
    assert scene.scram(SCRAM, verifies=True) == "aborts"
    assert scene.scram(SCRAM, verifies=True, at="im1") == "in"
    assert scene.scram(SCRAM, verifies=True, sender=ALICE) == "in"
    assert scene.scram(SCRAM) == "in"
    # What all nodes have is just what this one has.
    assert scene.scram(SCRAM, verifies=True, user="bob", sender=BOB) == "in"
    assert scene.scram(SCRAM, verifies=True, user="bob") == "in"


def test_one_node_of_two_offers_plus(place, authority):
    """The trap: a client that could bind is not offered to, says so, and its node knows better."""
    scene = prosody(place, authority, "starttls", {"im1": NO_NEWER_THAN_1_2, "im2": ""})
    scene.edge.logged("nodes do not offer the same")
    until(lambda: offered(scene) == ({SCRAM, "PLAIN"}, None), 5, lambda: offered(scene))
    assert scene.scram(SCRAM, "y") == "malformed-request"
    assert scene.scram(SCRAM, "n") == scene.plain() == "in"
    assert scene.scram(SCRAM, "y", user="bob") == "in"
    # His own node's list: nobody says `y` to that.
    assert offered(scene, sender=ALICE) == ({SCRAM, PLUS, "PLAIN"}, None)
    assert offered(scene, sender=BOB) == ({SCRAM, "PLAIN"}, None)


@pytest.mark.parametrize("newest", ["1.3", "1.2"])
def test_a_client_that_verifies_the_version_of_tls(place, authority, newest):
    """XEP-0515: the node's connection and the client's must be of one version."""
    settings = modules("newer_sasl") + 'newer_sasl_downgrade = "0515"\n'
    scene = prosody(place, authority, "starttls",
                    settings + (NO_NEWER_THAN_1_2 if newest == "1.2" else ""))
    for version, name in ((TLS_1_2, "1.2"), (TLS_1_3, "1.3")):
        outcome = scene.scram(SCRAM, version=version, verifies=True)
        assert outcome == ("in" if name == newest else "aborts")
    assert scene.scram(SCRAM, at="im1", verifies=True) == "in"


def test_a_node_in_the_clear_tells_no_version_of_tls(place, authority):
    settings = modules("newer_sasl") + 'newer_sasl_downgrade = "0515"\n' + IN_THE_CLEAR
    scene = prosody(place, authority, "plain", settings)
    for version in (TLS_1_2, TLS_1_3):
        assert scene.scram(SCRAM, "y", version=version, verifies=True) == "in"


# MARK: The table


def test_the_table_names_tests_that_there_are():
    with open(os.path.join(ROOT, "docs/relaying.md")) as file:
        named = re.findall(r"`(test_\w+)\.py::(test_\w+)`", file.read())
    assert len(named) > 15
    for name, test in named:
        with open(os.path.join(ROOT, f"Tests/Integration/{name}.py")) as file:
            assert f"def {test}(" in file.read(), f"{name}.py has no {test}"
