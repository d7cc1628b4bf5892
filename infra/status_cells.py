"""Cells of a node's line that every node has: since when it is up, rotation, check and drill."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from infra.rotation import Rotated, agree, holds_of
from infra.status import Cell, Look, bad, good
from infra.status_checked import Checked

_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60


def up(look: Look) -> Cell:
    """How long it has been up: `12 d`, `4 h`, `3 min`."""
    if look.problem is not None or look.up_seconds is None:
        return Cell("—")
    seconds = look.up_seconds
    for length, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= length:
            return Cell(f"{int(seconds // length)} {unit}")
    return Cell(f"{int(seconds)} s")


def rotation(
    views: Sequence[Rotated], *, spare: bool, share: float | None, instead: str = ""
) -> Cell | None:
    """Whether it gets requests, and its share of the last minutes'; None: nobody balances to it.

    `instead` is what it is in place of a plain member or a spare that stands by.
    """
    if not views:
        return None
    if not agree(views):
        return bad("differs")
    if any(view.state != "in" for view in views):
        owners = " ".join(hold.owner for hold in holds_of(views))
        word = "draining" if any(view.in_flight for view in views) else "no"
        return Cell(f"– {word}: {owners}" if owners else f"– {word}", "unknown")
    if any(view.answers is False for view in views):
        return bad("yes, but silent")
    part = "" if share is None else f" {share:.0%}".replace("%", " %")
    return good(f"{instead or ('stands by' if spare else 'yes')}{part}")


def checked(found: Checked | None, *, now: datetime) -> Cell | None:
    """When it was checked last, and what came of it; `old` when that was another boot or deploy.

    `part` when it judged some roles alone, and found nothing wrong in them.
    """
    if found is None:
        return None
    at = when(found.started, now=now)
    if found.outdated:
        return Cell(f"{at} ? old", "unknown")
    if found.failed:
        return Cell(f"{at} ✗ {len(found.failed)}", "bad")
    if found.unproven:
        return Cell(f"{at} ? {found.unproven}", "unknown")
    if found.part:
        return Cell(f"{at} ? part", "unknown")
    return Cell(f"{at} ✓", "good") if found.passed else Cell(f"{at} ?", "unknown")


def drilled(record: Mapping[str, Any] | None, *, now: datetime) -> Cell | None:
    """When it was rebuilt last in a drill, and how long that took."""
    if record is None:
        return None
    at = when(str(record.get("finished") or record.get("started", "")), now=now)
    result, seconds = record.get("result"), record.get("seconds")
    took = f" {_took(seconds)}" if isinstance(seconds, int | float) else ""
    simulated = " (simulated)" if record.get("hardware") == "simulated" else ""
    if result == "ok":
        return Cell(f"{at} ✓{took}{simulated}", "good")
    return Cell(f"{at} ✗{took}{simulated}", "bad")


def when(stamp: str, *, now: datetime) -> str:
    """A time for people, on this machine's clock: `03:12` today, else `Nov 02` or `2025-11-02`."""
    try:
        at = datetime.fromisoformat(stamp.replace("Z", "+00:00")).astimezone()
    except ValueError:
        return stamp or "once"
    today = now.astimezone()
    if at.date() == today.date():
        return f"{at:%H:%M}"
    return f"{at:%b %d}" if at.year == today.year else f"{at:%Y-%m-%d}"


def _took(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < _MINUTE else f"{round(seconds / _MINUTE)} min"
