"""What people get of a drill, as text."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from infra.page_drill import markdown, page, timeline_svg
from infra.page_timeline import NARROW

HOSTILE = "</svg><script>alert(1)</script> a|b `c` \u202ed\n\x1b[2J"


def test_the_picture_is_a_file_of_its_own(drilled: dict[str, Any]) -> None:
    root = ElementTree.fromstring(timeline_svg(drilled))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "gpu_driver 16.6\u00a0s" in root.attrib["aria-label"]
    narrow = ElementTree.fromstring(timeline_svg(drilled, width=NARROW))
    assert narrow.attrib["viewBox"].split()[2] == str(NARROW)


def test_simulated_figures_are_called_so_everywhere(drilled: dict[str, Any]) -> None:
    assert "Simulated hardware" in page(drilled)
    assert "Simulated hardware" in markdown(drilled)
    real = {**drilled, "hardware": "real", "estimate_seconds": None}
    assert "imulated" not in page(real)
    assert "imulated" not in markdown(real)


@pytest.mark.parametrize("place", ["node", "inventory", "by", "error", "failed_stage", "lock"])
def test_a_record_is_text(drilled: dict[str, Any], place: str) -> None:
    record = {**drilled, "result": "failed", place: HOSTILE}
    assert "<script" not in page(record)
    ElementTree.fromstring(timeline_svg(record))


def test_a_stage_cannot_break_the_table(drilled: dict[str, Any]) -> None:
    stage = {"stage": HOSTILE, "started": 0, "seconds": 1, "estimate": None, "note": HOSTILE}
    row = markdown({**drilled, "stages": [stage]}).split("|--:|--:|---|\n")[1].split("\n")[0]
    assert row.replace("\\|", "").count("|") == 6
    assert "\\<script\\>" in row


def test_lost_requests_are_listed(drilled: dict[str, Any]) -> None:
    lost = [{"when": "09:12:03", "what": "a stream broke off"}]
    made = page({**drilled, "requests_lost": 3, "lost": lost})
    assert "a stream broke off" in made
    assert "the first 1 of 3" in made


def test_a_storm_of_losses_is_counted_not_listed(failed_drill: dict[str, Any]) -> None:
    made = page(failed_drill)
    assert made.count("status 503 to lab") == 1
    assert "the first 20 of 20000" in made


def test_the_role_that_stopped_is_marked(failed_drill: dict[str, Any]) -> None:
    assert "| ✗ model_cache (failed) |" in markdown(failed_drill)


def test_a_drill_that_stopped_early_estimates_nothing(failed_drill: dict[str, Any]) -> None:
    assert not re.search("[Ee]stimate[^d]", page(failed_drill))
    assert "stimate" not in markdown(failed_drill)


def test_a_failed_drill_says_where_why_and_how_to_go_on(drilled: dict[str, Any]) -> None:
    made = page({**drilled, "result": "failed", "failed_stage": "wipe", "error": "no power"})
    assert "failed at wipe" in made
    assert "no power" in made
    assert "infra drill inventories/lab.py gpu-2" in made


def test_markdown_has_the_picture_when_there_is_one(drilled: dict[str, Any]) -> None:
    assert "![Where the time went](drill.svg)" in markdown(drilled, timeline="drill.svg")
    assert "![" not in markdown(drilled)


def test_a_record_of_nothing_is_a_page() -> None:
    assert "failed" in page({})
    assert markdown({}).startswith("# ✗")
