"""The page of a check as text: what is on it, what is not."""

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from infra.drift import Drift, NodeDrift
from infra.history import History, Run
from infra.page_check import page
from infra.verdict import UNREACHABLE, Report, Verdict

HOSTILE = "<script>alert(1)</script> \"'><img src=x onerror=alert(2)> {{ 7*7 }} \u202eevil \x1b[2J"
STARTED = datetime(2026, 11, 21, 2, 30, tzinfo=timezone.utc)
GOOD = Verdict("gpu-1", "base_system", "check_a", "All is well", "passed")


def report(*verdicts: Verdict, **more: tuple[str, ...]) -> Report:
    return Report("inventories/lab.py", STARTED, 1.0, verdicts, **more)


def test_nothing_is_fetched_and_nothing_runs(night: Any) -> None:  # noqa: ANN401
    made = page(night.report, history=night.history, drift=night.drift)
    assert not re.search(r"<script|<iframe|<img|\son\w+=|@import|url\(", made)
    assert not re.search(r"(?:src|href)=\"(?!#|data:,)", made)


@pytest.mark.parametrize("place", ["node", "role", "check", "sentence", "reason", "waived", "todo"])
def test_what_hosts_say_is_text(place: str) -> None:
    bad = replace(GOOD, verdict="failed", reason="it is not")
    said = replace(bad, **{place: HOSTILE})  # type: ignore[arg-type]
    drift = NodeDrift("a", {"r": (HOSTILE,)}, (HOSTILE,), HOSTILE)
    made = page(report(said), drift=Drift((drift,)))
    assert "<script" not in made
    assert "<img" not in made
    assert "\u202e" not in made
    assert "\x1b" not in made


def test_what_else_was_seen_is_text() -> None:
    made = page(report(GOOD, remarks=(HOSTILE,), simulated=(HOSTILE,)))
    assert "<script" not in made
    assert "Simulated hardware" in made


def test_a_good_run_says_so_first() -> None:
    made = page(report(GOOD))
    assert "<title>✓ Everything is as promised · lab</title>" in made
    assert "Nothing to mend" in made


def test_a_dead_host_alone_is_no_good_run() -> None:
    dead = replace(GOOD, verdict="unproven", reason="unreachable: no route to host")
    made = page(report(dead))
    assert "<title>✗ gpu-1 does not answer · lab</title>" in made
    assert made.count("no route to host") == 1


def test_a_run_without_checks_is_not_good() -> None:
    made = page(report())
    assert "<title>✗ Nothing was checked · lab</title>" in made


def test_an_interrupted_run_says_so() -> None:
    left = replace(GOOD, verdict="unproven", reason="interrupted before it was judged")
    assert "The run was interrupted" in page(report(GOOD, left))


def test_drift_that_was_not_asked_for_is_not_taken_for_none() -> None:
    assert "Not asked in this run" in page(report(GOOD))
    assert "every node is as it was deployed" in page(report(GOOD), drift=Drift(()))
    away = replace(GOOD, verdict="unproven", reason=f"{UNREACHABLE}off")
    lost = page(report(away), drift=Drift((NodeDrift("gpu-1", problem=f"{UNREACHABLE}off"),)))
    assert "Not known: no node answers" in lost
    assert "as it was deployed" not in lost


def test_many_dead_hosts_are_counted_in_the_headline() -> None:
    dead = [
        replace(GOOD, node=f"gpu-{at}", verdict="unproven", reason="unreachable: off")
        for at in range(9)
    ]
    assert "9 nodes do not answer" in page(report(*dead))


def test_a_dead_host_says_since_when_and_a_part_is_compared_with_nothing() -> None:
    nights = [STARTED - timedelta(days=days) for days in (3, 2, 1)]
    away = Verdict("gpu-1", "base_system", "check_a", "S", "unproven", f"{UNREACHABLE}no route")
    history = History(
        tuple(Run(night, 300, 0, 1, 0) for night in nights), since={("gpu-1", "", ""): nights[1]}
    )
    text = page(Report("rack.py", STARTED, 1.0, (away,)), history=history)
    assert "since 19 Nov · 2 runs" in text
    assert "than before" not in text
    assert "judged a part of the inventory" in text
