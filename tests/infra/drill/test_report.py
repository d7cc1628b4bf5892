"""What people read of a drill."""

import io
from pathlib import Path
from typing import Any

from rich.console import Console

from infra.drill.report import bar, summary

STAGES = [
    {"stage": "drain", "started": 0, "seconds": 3.1, "estimate": 3.1, "note": "", "kind": "stage"},
    {"stage": "gpu_driver", "started": 9, "seconds": 41.7, "estimate": 230, "note": "",
     "kind": "role"},
    {"stage": "reboots", "started": None, "seconds": 8.2, "estimate": 180, "note": "once",
     "kind": "part"},
]  # fmt: skip
RECORD = {
    "node": "gpu-2",
    "hardware": "simulated",
    "budget_seconds": 3600.0,
    "seconds": 161.2,
    "estimate_seconds": 1000.0,
    "stages": STAGES,
    "requests_lost": 0,
    "lost": [],
    "taken_up": [],
    "result": "ok",
    "failed_stage": None,
    "error": None,
    "assumptions": ["a link of 1 Gbit/s"],
}


def text(**given: Any) -> str:  # noqa: ANN401
    out = io.StringIO()
    console = Console(file=out, width=100)
    for line in summary({**RECORD, **given}, inventory=Path("inventories/lab.py")):
        console.print(line)
    return out.getvalue()


def test_the_first_line_says_how_long_it_took_and_on_what() -> None:
    first = text().splitlines()[0]
    assert first.startswith("✓ Rebuild of gpu-2 from clean: 2 min 41 s of 60 min")
    assert "not a figure for real iron" in text()
    assert "iron" not in text(hardware="real", estimate_seconds=None)


def test_reboots_are_shown_as_parts_without_a_bar() -> None:
    (line,) = [
        line for line in text().splitlines() if "reboots" in line and "estimated" not in line
    ]
    assert line.split() == ["of", "which", "reboots", "8.2", "s", "once"]


def test_an_estimate_is_called_one() -> None:
    assert "On real hardware, estimated: 16 min 40 s, of it reboots 3 min 00 s." in text()
    assert "estimated" not in text(estimate_seconds=None)


def test_losses_are_told_one_by_one() -> None:
    lost = [{"when": "13:01", "what": "cut by gpu-1: recv() failed"}]
    said = text(requests_lost=1, lost=lost)
    assert "1 request lost meanwhile." in said
    assert "cut by gpu-1" in said
    assert "no balancer could tell" in text(requests_lost=None)


def test_a_failure_says_what_to_do() -> None:
    said = text(result="failed", failed_stage="wipe", error="no such machine")
    assert said.startswith("✗ Rebuild of gpu-2 failed at wipe after 2 min 41 s")
    assert "go on: infra drill inventories/lab.py gpu-2" in said
    assert "--abandon" in said


def test_over_budget_is_said() -> None:
    assert "2 min 41 s of 1 min, over its budget" in text(result="over_budget", budget_seconds=60)


def test_a_drill_that_was_taken_up_says_so() -> None:
    gap = {"at": 100.0, "stage": "wipe", "after": 42.0}
    assert "Taken up at wipe, 42.0 s after it was last heard of." in text(taken_up=[gap])


def test_the_longest_stage_has_the_whole_bar_and_the_shortest_a_hair() -> None:
    assert bar(40, longest=40) == "█" * 24
    assert bar(0.0, longest=40) == "▏"
