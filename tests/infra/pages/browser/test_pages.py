"""The pages in a real browser: on a desk, on a phone, in the dark, from the keyboard, on paper."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from infra.page_check import page as check_page
from infra.page_drill import page as drill_page
from infra.verdict import Report, Verdict

PHONE, DESK = 360, 1280
LONG = "x" * 700
HOSTILE = f"</dd></dl><script>document.title='taken'</script>\"' {LONG}\n\x1b[2J\u202e שלום 你好"

PLACES_OUTSIDE = """[...document.querySelectorAll('body *')].filter(one => {
  const box = one.getBoundingClientRect();
  return box.right > innerWidth + 1 && box.width > 1 && !one.closest('.scroller, pre')
    && !one.closest('.skip');
}).map(one => one.tagName + '.' + one.className + ': ' + one.textContent.slice(0, 40))"""

FAINT = """(() => {
  const numbers = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(one => one / 255)
    .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = one => {
    for (let at = one; at; at = at.parentElement) {
      const [r, g, b, alpha = 1] = numbers(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint = [];
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || one.closest('svg, style') || !one.offsetParent) continue;
    const [dark, bright] = [light(numbers(getComputedStyle(one).color)), light(ground(one))]
      .sort((a, b) => a - b);
    const ratio = (bright + 0.05) / (dark + 0.05);
    if (ratio < 4.5) faint.push(ratio.toFixed(2) + ' ' + texts.currentNode.data.trim());
  }
  return faint;
})()"""

Browser = Any
Night = Any
Drilled = dict[str, Any]
"""Types of conftest.py, which no test can import."""


@pytest.fixture(params=["check", "drill", "hostile"])
def written(
    request: pytest.FixtureRequest, night: Night, drilled: dict[str, Any], tmp_path: Path
) -> Path:
    """Each kind of page as a file."""
    pages = {
        "check": lambda: check_page(night.report, history=night.history, drift=night.drift),
        "drill": lambda: drill_page(drilled),
        "hostile": lambda: hostile(night.report),
    }
    path = tmp_path / "page.html"
    path.write_text(pages[request.param](), encoding="utf-8")
    return path


def hostile(report: Report) -> str:
    """A page on which every text that a host may choose is made to do harm."""
    bad = Verdict(LONG, LONG, LONG, HOSTILE, "failed", HOSTILE, waived="", todo=HOSTILE)
    verdicts = (bad, replace(bad, waived=HOSTILE), *report.verdicts[:40])
    made = replace(report, inventory=f"{HOSTILE}.py", verdicts=verdicts, remarks=(HOSTILE,))
    return check_page(replace(made, simulated=(LONG,)))


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_page_asks_for_nothing_and_complains_of_nothing(
    browser: Browser,
    written: Path,
    width: int,
) -> None:
    browser.open(written, width=width)
    assert browser.asked_for() == [written.as_uri()]
    assert browser.complaints() == []
    assert browser.value("document.title") != "taken"
    assert browser.value("document.scripts.length") == 0


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_page_is_not_wider_than_its_screen(browser: Browser, written: Path, width: int) -> None:
    browser.open(written, width=width)
    browser.value("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert browser.value("document.documentElement.scrollWidth") == width
    assert browser.value(PLACES_OUTSIDE) == []


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_can_be_read_on_its_ground(browser: Browser, written: Path, dark: bool) -> None:
    browser.open(written, dark=dark)
    browser.value("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert browser.value(FAINT) == []


def test_a_page_is_built_for_who_does_not_see_it(browser: Browser, written: Path) -> None:
    browser.open(written)
    levels = browser.value("[...document.querySelectorAll('h1,h2,h3')].map(one => +one.tagName[1])")
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))
    assert browser.value("document.documentElement.lang") == "en"
    assert browser.value("document.querySelectorAll('main').length") == 1
    assert browser.value("document.querySelectorAll('th:not([scope])').length") == 0
    assert browser.value("document.querySelectorAll('svg:not([role=img][aria-label])').length") == 0
    ids = browser.value("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))
    targets = "[...document.querySelectorAll('a[href^=\"#\"]')].map(one => one.hash.slice(1))"
    assert set(browser.value(targets)) <= set(ids)


def test_what_scrolls_can_be_scrolled_from_the_keyboard(browser: Browser, written: Path) -> None:
    browser.open(written, width=PHONE)
    scrolling = "[...document.querySelectorAll('.scroller')]"
    assert browser.value(f"{scrolling}.every(one => one.tabIndex === 0)")
    names = f"{scrolling}.map(one => one.ariaLabel)"
    found = browser.value(names)
    assert all(found)
    assert len(set(found)) == len(found)


def test_a_desk_shows_every_role_of_the_fleet(browser: Browser, written: Path) -> None:
    browser.open(written, width=DESK)
    browser.value("document.querySelectorAll('details').forEach(one => one.open = true)")
    hidden = "one => one.scrollWidth > one.clientWidth && !one.innerText.includes('x'.repeat(99))"
    tables = "[...document.querySelectorAll('.scroller')]"
    assert browser.value(f"{tables}.filter({hidden}).map(one => one.ariaLabel)") == []
