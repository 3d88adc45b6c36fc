"""The page of `rdadmin generate --report` in headless Chromium: with and without scripts, by keyboard, on a phone, in the dark, and
what axe-core, the accessibility checker, says of it."""

import glob
import os
import subprocess
import sys

import pytest
from lab import Place
from lab.page import Page
from lab.programs import ROOT, rdadmin
from reporting import write_rosters

# npm's axe-core, as PyPI has it; of the package only the script is used, so without what it depends on.
AXE_PACKAGE = "axe-playwright-python==0.1.8"
AXE = os.path.join(ROOT, ".build/integration/axe")
PARTITIONS = 12
# As many as a picture can hold, and one more.
MANY, TOO_MANY = 64, 65
# 16 nodes with some partitions each.
POOL = "pool"
PHONE, DESK = 360, 1200


@pytest.fixture(scope="module")
def reports():
    """Pages by number of partitions, and a browser."""
    with Place("redirect-edge-report") as place:
        write_rosters(place.file("rosters.tsv"))
        for count in (1, PARTITIONS, MANY, TOO_MANY):
            rdadmin(place, "generate", "--partitions", str(count), "-o", "out.db", "--report", f"{count}.html",
                    "--set", "<img src=x onerror=alert(1)>", "rosters.tsv")
        nodes = [word for number in range(16) for word in ("--node", f"im{number}={1 + number % 2}")]
        rdadmin(place, "generate", *nodes, "--partition-size", "20", "-o", "out.db", "--report", f"{POOL}.html", "rosters.tsv")
        yield place, Page(place)


@pytest.fixture(scope="module")
def axe() -> str:
    if not glob.glob(f"{AXE}/*/axe.min.js"):
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
                        "--only-binary", ":all:", "--target", AXE, AXE_PACKAGE], check=True, timeout=300)
    with open(glob.glob(f"{AXE}/*/axe.min.js")[0]) as file:
        return file.read()


def show(reports, count, width=DESK, is_dark=False, **options) -> Page:
    place, page = reports
    page.look(width, 900, is_dark)
    path = place.file(f"{count}.html")
    page.open(path, **options)
    assert page.troubles == [] and page.requests == [f"file://{path}"]
    return page


@pytest.mark.parametrize("count", [PARTITIONS, MANY, TOO_MANY])
def test_the_map_has_a_cell_for_each_two(reports, count):
    page = show(reports, count)
    rows = count if count <= MANY else 33
    assert page.run("document.querySelectorAll('table.grid tbody td').length") == rows * rows
    numbers = page.run("[...document.querySelectorAll('table.grid tbody td')].map(cell => cell.textContent)")
    assert all(number.replace(",", "").isdigit() for number in numbers)


def test_a_cell_that_is_pointed_at_is_read_out(reports):
    page = show(reports, PARTITIONS)
    assert "arrow keys" in page.run("document.getElementById('readout').textContent")
    page.point("table.grid tbody tr:nth-child(3) td:nth-of-type(5)")
    ties = page.run("document.querySelector('table.grid tbody tr:nth-child(3) td:nth-of-type(5)').textContent")
    assert page.run("document.getElementById('readout').textContent").startswith(f"{ties} tie")
    assert "between 3 and 5" in page.run("document.getElementById('readout').textContent")


def test_the_map_is_walked_by_keyboard(reports):
    page = show(reports, PARTITIONS)
    # One stop of the tab key, wherever it stands.
    assert page.run("document.querySelectorAll('table.grid [tabindex=\"0\"]').length") == 1
    for _ in range(20):
        page.press("Tab")
        if page.run("document.activeElement.matches('table.grid td')"):
            break
    place = "[document.activeElement.parentElement.sectionRowIndex, document.activeElement.cellIndex - 1]"
    assert page.run(place) == [0, 0]
    for key, where in [("ArrowRight", [0, 1]), ("ArrowDown", [1, 1]), ("End", [1, PARTITIONS - 1]),
                       ("ArrowRight", [1, PARTITIONS - 1]), ("Home", [1, 0]), ("ArrowUp", [0, 0]), ("ArrowUp", [0, 0])]:
        page.press(key)
        assert page.run(place) == where, key
    assert "inside 1:" in page.run("document.getElementById('readout').textContent")
    assert page.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.press("Tab")
    assert not page.run("document.activeElement.matches('table.grid td')")


@pytest.mark.parametrize("count", [1, PARTITIONS, MANY, TOO_MANY, POOL])
@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_phone_scrolls_in_one_direction_only(reports, count, has_scripts):
    page = show(reports, count, PHONE, has_scripts=has_scripts)
    assert page.run("[document.documentElement.scrollWidth, innerWidth]") == [PHONE, PHONE]
    # What is wider scrolls by itself.
    assert page.run("""[...document.querySelectorAll("table")].every(table => table.getBoundingClientRect().width
        <= innerWidth || table.parentElement.matches(".scroll"))""")


def test_names_are_text(reports):
    page = show(reports, PARTITIONS)
    assert page.run("document.images.length") == 0
    assert "<img src=x onerror=alert(1)>" in page.run("document.body.textContent")


@pytest.mark.parametrize("count", [1, PARTITIONS, MANY, TOO_MANY, POOL])
@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_axe_has_nothing_to_say(reports, axe, count, is_dark):
    for width in (DESK, PHONE):
        page = show(reports, count, width, is_dark)
        # The page's own policy lets no script in; DevTools are not bound by it.
        page.run(f"{axe};0")
        found = page.run("axe.run({resultTypes: ['violations']}).then(result => result.violations.map("
                         "rule => [rule.id, rule.help, rule.nodes.slice(0, 3).map(node => node.html.slice(0, 200))]))")
        assert found == []
