"""Which clients reach their node through the edges, in which mode, at which attempt: the table of
docs/clients.md. `WRITE_DOCS=1` writes it there; else it must be the one that stands there."""

import os

import pytest
from entrance import GUESTS, Entrance, Guest, Nodes, Visit
from lab import Place
from lab.certificates import Authority
from lab.programs import EDGE, ROOT, write_configuration

# Column of the table -> keys of the edges.
MODES = {
    "relay": {"redirect__mode": "relay"},
    "redirect": {"redirect__mode": "redirect"},
    "auto, first relay": {"redirect__mode": "auto", "redirect__auto__first": "relay"},
    "auto, first redirect": {"redirect__mode": "auto", "redirect__auto__first": "redirect"},
}

DOCUMENT = os.path.join(ROOT, "docs/clients.md")
GENERATED = os.path.join(ROOT, ".build/integration/clients.md")
BEGIN, END = "<!-- Written by Tests/Integration/check_clients.py", "<!-- Until here -->"

KINDS = {"starttls": "STARTTLS", "directtls": "direct TLS", "websocket": "WebSocket"}

# By whom a client that was lost would be started again: its user, once.
MOST_STARTS = 2


@pytest.fixture(scope="module")
def nodes():
    with Place("redirect-edge-clients") as place:
        yield Nodes(place, Authority(place))


@pytest.fixture(scope="module")
def outcomes(nodes):
    """Mode -> guest -> the visits until one succeeded, at most as many as its user would try. Filled
    when first asked for."""
    known: dict[str, dict[Guest, list[Visit]]] = {}

    def of(mode: str) -> dict[Guest, list[Visit]]:
        if mode not in known:
            known[mode] = watch(nodes, mode)
        return known[mode]

    return of


def watch(nodes: Nodes, mode: str) -> dict[Guest, list[Visit]]:
    entrance = Entrance(nodes, mode.replace(", ", "-").replace(" ", "-"), **MODES[mode]).open()
    visits: dict[Guest, list[Visit]] = {guest: [] for guest in GUESTS}
    for _ in range(MOST_STARTS if mode == "auto, first redirect" else 1):
        outside = [guest for guest in GUESTS if not any(visit.node for visit in visits[guest])]
        for guest, visit in entrance.admit(outside).items():
            visits[guest].append(visit)
    entrance.close()
    return visits


def is_known(nodes: Nodes, mode: str) -> bool:
    """Whether the program has this mode."""
    path = nodes.place.file("mode.conf")
    write_configuration(path, {
        "domains": "im.example", "redirect.to": "im1", "redirect.to.im1.host": "127.0.0.1:1",
        "redirect.provider": "hash", "listener.c2s.address": "127.0.0.1:1",
        "listener.c2s.kind": "plain", "redirect.mode": MODES[mode]["redirect__mode"]})
    result = nodes.place.run([EDGE, "-c", path, "--check"], check=False)
    return "redirect.mode" not in result.stdout + result.stderr


@pytest.fixture(params=MODES)
def mode(request, nodes) -> str:
    if not is_known(nodes, request.param):
        pytest.skip("this program does not have the mode")
    return request.param


@pytest.mark.parametrize("mode", ["relay", "auto, first relay"], indirect=True)
def test_everybody_is_relayed_at_the_first_attempt(nodes, outcomes, mode):
    for guest, visits in outcomes(mode).items():
        assert visits == [Visit(nodes.home[guest.user], ("relaying",), 1)], guest.door


def test_nobody_is_at_another_node_than_that_of_lookup(nodes, outcomes, mode):
    assert set(nodes.home.values()) == set(nodes.servers)
    for guest, visits in outcomes(mode).items():
        for visit in visits:
            assert visit.node in (None, nodes.home[guest.user]), f"{guest.door}: {visit}"


@pytest.mark.parametrize("mode", ["auto, first redirect"], indirect=True)
def test_everybody_comes_home_after_one_redirect(nodes, outcomes, mode):
    for guest, visits in outcomes(mode).items():
        assert visits[-1].node == nodes.home[guest.user], f"{guest.door}: {visits}"
        ways = [way for visit in visits for way in visit.ways]
        assert ways.count("redirected") <= 1, f"{guest.door}: {visits}"


def test_the_table_of_the_docs(nodes, outcomes):
    made = table({mode: outcomes(mode) for mode in MODES if is_known(nodes, mode)})
    with open(GENERATED, "w") as file:
        file.write(made)
    with open(DOCUMENT) as file:
        text = file.read()
    begin, end = text.index("\n", text.index(BEGIN)) + 1, text.index(END)
    if os.environ.get("WRITE_DOCS"):
        with open(DOCUMENT, "w") as file:
            file.write(text[:begin] + made + text[end:])
    else:
        assert text[begin:end] == made, (
            "write it anew: WRITE_DOCS=1 scripts/clients -k the_table_of_the_docs")


def table(of_modes: dict[str, dict[Guest, list[Visit]]]) -> str:
    modes = ["`, first `".join(mode.split(", first ")) for mode in of_modes]
    rows = [["client", "connection", *(f"`{mode}`" for mode in modes)]]
    for guest in GUESTS:
        rows.append([f"{guest.client.name} {guest.client.version}", KINDS[guest.how],
                     *(words(outcome[guest]) for outcome in of_modes.values())])
    head, *body = [f"| {' | '.join(row)} |\n" for row in rows]
    return head + "|---" * len(rows[0]) + "|\n" + "".join(body)


def words(visits: list[Visit]) -> str:
    """What a user of this client sees of it."""
    last = visits[-1]
    if not last.node:
        return "no"
    attempts = sum(visit.connections for visit in visits)
    way = "redirected" if last.ways[-1] == "redirected" else "relayed"
    return f"{way}, {attempts}"
