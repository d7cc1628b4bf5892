"""The record of a drill as pages read it: what is not there is not known, and breaks nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from infra.page_text import visible
from infra.wording import counted, duration

State = Literal["passed", "failed"]
_FAILED = "failed"
"""What a role's stage says when the role stopped in it."""


@dataclass(frozen=True)
class Entry:
    """One stage of a drill; seconds are wall time."""

    name: str
    seconds: float
    started: float | None
    """Seconds since the drill began; None for what has no place of its own in time."""
    estimate: float | None
    """Seconds on real hardware."""
    note: str
    failed: bool


@dataclass(frozen=True)
class Pause:
    """When nobody worked at it, in seconds since the drill began: it was killed, or had failed."""

    begun: float
    ended: float
    stage: str


@dataclass(frozen=True)
class Loss:
    """Requests that were lost in one way."""

    what: str
    count: int
    first: str
    last: str
    """When, as the balancer's log writes it."""


@dataclass(frozen=True)
class DrillLedger:
    """A drill's record, typed."""

    inventory: str
    node: str
    by: str
    driver: str
    lock: str
    started: datetime | None
    result: str
    simulated: bool
    seconds: float
    budget: float
    estimate: float | None
    """Seconds of the whole on real hardware; None where it ran on that, or did not end well."""
    entries: tuple[Entry, ...]
    """Stages in their order in time."""
    parts: tuple[Entry, ...]
    """What of them went into one kind of work: downloads, reboots."""
    pauses: tuple[Pause, ...]
    requests_lost: int | None
    """None where no balancer could tell."""
    lost: tuple[Loss, ...]
    """Of the first requests that were lost."""
    checks: Mapping[str, int]
    failed_stage: str
    error: str
    assumptions: tuple[str, ...]

    @property
    def state(self) -> State:
        """The word that colours a page."""
        return "passed" if self.result == "ok" else "failed"

    @property
    def headline(self) -> str:
        """What it came to, in a sentence without its full stop."""
        if self.result == "failed":
            at = f" at {self.stopped_at}" if self.stopped_at else ""
            return f"The rebuild of {self.node} failed{at} after {duration(self.seconds)}"
        took = f"{self.node} was rebuilt from clean in {duration(self.seconds)}"
        over = self.seconds - self.budget
        return f"{took}, {duration(over)} over its budget" if self.result != "ok" else took

    @property
    def stopped_at(self) -> str:
        """The role in which it stopped, else the stage; empty when that is not known."""
        return next((one.name for one in self.entries if one.failed), self.failed_stage)

    @property
    def losses(self) -> str:
        """How many requests were lost, in words."""
        if self.requests_lost is None:
            return "not known how many requests were lost"
        return f"{counted(self.requests_lost, 'request')} lost"


def read(record: Mapping[str, Any]) -> DrillLedger:
    """The ledger of a record."""
    failed = _text(record, "failed_stage")
    stages = [_entry(one, failed=failed) for one in record.get("stages") or ()]
    return DrillLedger(
        **{name: _text(record, name) for name in ("inventory", "node", "by", "driver", "lock")},
        started=_moment(_text(record, "started")),
        result=_text(record, "result") or "failed",
        simulated=record.get("hardware") != "real",
        seconds=_number(record.get("seconds")) or 0.0,
        budget=_number(record.get("budget_seconds")) or 0.0,
        estimate=None if failed else _number(record.get("estimate_seconds")),
        entries=tuple(one for one in stages if one.started is not None),
        parts=tuple(one for one in stages if one.started is None),
        pauses=tuple(_pause(one) for one in record.get("taken_up") or ()),
        requests_lost=record.get("requests_lost"),
        lost=_losses(record.get("lost") or ()),
        checks={word: int(count) for word, count in (record.get("checks") or {}).items()},
        failed_stage=failed,
        error=_text(record, "error"),
        assumptions=tuple(visible(str(one)) for one in record.get("assumptions") or ()),
    )


def _entry(stage: Mapping[str, Any], *, failed: str) -> Entry:
    name = _text(stage, "stage")
    return Entry(
        name=name,
        seconds=_number(stage.get("seconds")) or 0.0,
        started=_number(stage.get("started")),
        estimate=None if failed else _number(stage.get("estimate")),
        note=_text(stage, "note"),
        failed=(bool(failed) and name == failed) or _text(stage, "note") == _FAILED,
    )


def _pause(one: Mapping[str, Any]) -> Pause:
    ended = _number(one.get("at")) or 0.0
    begun = max(0.0, ended - (_number(one.get("after")) or 0.0))
    return Pause(begun, ended, _text(one, "stage"))


def _losses(requests: Sequence[Mapping[str, Any]]) -> tuple[Loss, ...]:
    times: dict[str, list[str]] = {}
    counts: Counter[str] = Counter()
    for one in requests:
        what, when = _text(one, "what"), _text(one, "when")
        times.setdefault(what, []).extend([when] if when else [])
        counts[what] += int(_number(one.get("count")) or 1)
    return tuple(
        Loss(what, counts[what], min(when, default=""), max(when, default=""))
        for what, when in times.items()
    )


def _text(record: Mapping[str, Any], key: str) -> str:
    found = record.get(key)
    return "" if found is None else visible(str(found))


def _number(found: object) -> float | None:
    return float(found) if isinstance(found, int | float) else None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
