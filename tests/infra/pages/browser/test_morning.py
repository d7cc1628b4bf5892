"""The page that somebody opens on the phone in the morning, in a real browser."""

from pathlib import Path
from typing import Any

import pytest

from infra.drift import Drift
from infra.history import History
from infra.page_check import page as check_page

PHONE = 360
PAPER = 718
"""Width of A4 between its margins."""

Browser = Any
Night = Any
"""Types of conftest.py, which no test can import."""


@pytest.fixture
def morning(browser: Browser, night: Night, tmp_path: Path) -> Browser:
    """The page that somebody opens on the phone in the morning."""
    path = tmp_path / "page.html"
    made = check_page(night.report, history=night.history, drift=night.drift)
    path.write_text(made, encoding="utf-8")
    browser.open(path, width=PHONE)
    return browser


def test_findings_come_before_the_fleet(morning: Browser) -> None:
    top = "document.querySelector('{}').getBoundingClientRect().top"
    places = [morning.value(top.format(at)) for at in (".card", ".matrix", ".spark")]
    assert places == sorted(places)


def test_the_first_screen_says_what_is_wrong(morning: Browser) -> None:
    assert morning.value("document.querySelector('h1').innerText") == (
        "✗ 3 promises are broken, gpu-6 does not answer"
    )
    assert morning.value("document.querySelector('.card').getBoundingClientRect().top") < 800


def test_a_dead_host_is_told_once(morning: Browser) -> None:
    text = morning.value("document.body.innerText")
    assert text.count("no route to host") == 1
    assert morning.value("document.querySelectorAll('.card.unreachable').length") == 1


def test_an_expired_waiver_is_a_finding_and_says_whose(morning: Browser) -> None:
    found = morning.value("document.querySelector('.card.expired').innerText")
    assert "waiver expired" in found
    assert "the waiver of jonas" in found
    assert "2026-11-20" in found


def test_a_cell_leads_to_its_finding(morning: Browser) -> None:
    cell = "document.querySelector('.matrix tbody tr:nth-child(5) td.failed a')"
    anchor = morning.value(f"{cell}.hash")
    assert "pcie_topology" in morning.value(f"document.querySelector('{anchor}').innerText")


def test_on_paper_nothing_is_cut_or_for_clicking(morning: Browser) -> None:
    morning.call("Emulation.setEmulatedMedia", media="print")
    paper = {"width": PAPER, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    morning.call("Emulation.setDeviceMetricsOverride", **paper)
    assert morning.value("document.documentElement.scrollWidth") == PAPER
    shown = "getComputedStyle(document.querySelector('nav')).display"
    assert morning.value(shown) == "none"
    assert morning.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    morning.call("Emulation.setEmulatedMedia", media="")


def test_a_page_without_history_or_drift_is_whole(
    browser: Browser, night: Night, tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    made = check_page(night.report, history=History(), drift=Drift(()))
    path.write_text(made, encoding="utf-8")
    browser.open(path, width=PHONE)
    assert "first run that is remembered" in browser.value("document.body.innerText")
    assert browser.complaints() == []
