"""Cells that every node's line has."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from infra import status_cells
from infra.rotation import Hold, Rotated
from infra.status import Cell, Look
from infra.status_checked import Checked
from infra.verdict import Verdict

NOW = datetime.now(timezone.utc).replace(hour=12, minute=0, second=0, microsecond=0)
AT = f"{NOW.astimezone():%H:%M}"
HELD = Rotated("a", "out", (Hold("health", "silent", "watch", "2026-11-21T03:12:00Z"),))
IN = Rotated("a", "in", answers=True)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(12 * 86_400 + 5, "12 d"), (4 * 3600 + 59, "4 h"), (200, "3 min"), (7, "7 s")],
)
def test_uptime_is_told_in_its_largest_unit(seconds: float, text: str) -> None:
    assert status_cells.up(Look("a", up_seconds=seconds)).text == text


def test_a_node_that_is_away_has_no_uptime() -> None:
    assert status_cells.up(Look("a", problem="gone")).text == "—"


@pytest.mark.parametrize(
    ("views", "more", "cell"),
    [
        ([IN], {"share": 0.314}, Cell("✓ yes 31 %", "good")),
        ([IN], {}, Cell("✓ yes", "good")),
        ([IN], {"spare": True}, Cell("✓ stands by", "good")),
        (
            [IN],
            {"spare": True, "instead": "for gpu-3", "share": 0.5},
            Cell("✓ for gpu-3 50 %", "good"),
        ),
        ([Rotated("a", "in", answers=False)], {}, Cell("✗ yes, but silent", "bad")),
        ([HELD, HELD], {}, Cell("– no: health", "unknown")),
        ([Rotated("a", "draining", HELD.holds, 2)], {}, Cell("– draining: health", "unknown")),
        ([IN, HELD], {}, Cell("✗ differs", "bad")),
    ],
)
def test_rotation(views: list[Rotated], more: dict[str, object], cell: Cell) -> None:
    given = {"spare": False, "share": None, **more}
    assert status_cells.rotation(views, **given) == cell  # type: ignore[arg-type]


def test_whom_no_balancer_knows_has_no_rotation() -> None:
    assert status_cells.rotation([], spare=False, share=None) is None


FAILED = Verdict("a", "r", "check_x", "", "failed", "x4")


@pytest.mark.parametrize(
    ("found", "cell"),
    [
        ((61, (), 0, False), Cell(f"{AT} ✓", "good")),
        ((60, (FAILED,), 2, False), Cell(f"{AT} ✗ 1", "bad")),
        ((60, (), 2, False), Cell(f"{AT} ? 2", "unknown")),
        ((60, (FAILED,), 0, True), Cell(f"{AT} ? old", "unknown")),
        ((0, (), 0, False), Cell(f"{AT} ?", "unknown")),
        ((4, (), 0, False, True), Cell(f"{AT} ? part", "unknown")),
        ((4, (FAILED,), 0, False, True), Cell(f"{AT} ✗ 1", "bad")),
    ],
)
def test_the_last_check(found: tuple[Any, ...], cell: Cell) -> None:
    assert status_cells.checked(Checked(NOW.isoformat(), *found), now=NOW) == cell


@pytest.mark.parametrize(
    ("record", "cell"),
    [
        (
            {"result": "ok", "seconds": 2460.0, "hardware": "real"},
            Cell(f"{AT} ✓ 41 min", "good"),
        ),
        (
            {"result": "ok", "seconds": 59.0, "hardware": "simulated"},
            Cell(f"{AT} ✓ 59 s (simulated)", "good"),
        ),
        ({"result": "over_budget", "seconds": 3720}, Cell(f"{AT} ✗ 62 min", "bad")),
        ({"result": "failed"}, Cell(f"{AT} ✗", "bad")),
    ],
)
def test_the_last_drill(record: dict[str, object], cell: Cell) -> None:
    assert status_cells.drilled({"finished": NOW.isoformat(), **record}, now=NOW) == cell


def test_what_was_never_done_has_no_cell() -> None:
    assert status_cells.checked(None, now=NOW) is None
    assert status_cells.drilled(None, now=NOW) is None


def test_an_older_time_is_a_day_and_a_broken_one_is_shown_as_it_is() -> None:
    before = NOW - timedelta(days=3)
    expected = f"{before.astimezone():%b %d}" if before.year == NOW.year else f"{before:%Y-%m-%d}"
    assert status_cells.when(before.isoformat(), now=NOW) == expected
    assert status_cells.when("2019-01-02T03:04:05Z", now=NOW) == "2019-01-02"
    assert status_cells.when("soon", now=NOW) == "soon"
