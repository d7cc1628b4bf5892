"""Scales of time: which moments to mark, and how to say a round time."""

from collections.abc import Iterator

from infra.wording import duration

_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800)
"""Seconds between marks, of which the first that is wide enough is taken."""


def moments(whole: float, *, most: int) -> Iterator[float]:
    """Round moments from 0 to the end, not more than that many."""
    step = next((step for step in _STEPS if whole / step < most), _STEPS[-1])
    at = 0.0
    while at <= whole:
        yield at
        at += step


def rounded(seconds: float) -> str:
    """A round time: `30 s`, `5 min`, `2 h`."""
    for unit, name in ((3600, "h"), (60, "min")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s" if seconds < 60 else duration(seconds)
