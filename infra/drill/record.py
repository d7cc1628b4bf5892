"""What a drill came to: its stages with their seconds, and the record of the whole."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from typing import Any, Literal

from infra.drill.lost import Lost

Kind = Literal["stage", "role", "part"]
"""A part is contained in other stages: it has no place in time of its own."""
Result = Literal["ok", "over_budget", "failed"]


@dataclass(frozen=True)
class Stage:
    """One stage of a drill; seconds are wall time."""

    stage: str
    started: float | None
    """Seconds since the drill began; None for a part."""
    seconds: float
    kind: Kind = "stage"
    note: str = ""
    estimate: float | None = None
    """Seconds on real hardware, where the node's is simulated."""
    received: int = 0
    """Bytes that came over the network."""
    fetching: float = 0.0
    """Seconds of it that went into fetching and unpacking."""
    rebooting: float = 0.0
    """Seconds of it that went into reboots."""
    reboots: int = 0


@dataclass(frozen=True)
class TakenUp:
    """A drill that was killed, or had failed, and went on."""

    at: float
    """Seconds since it began."""
    stage: str
    after: float
    """Seconds since it was last heard of."""


@dataclass(frozen=True)
class Checks:
    """Verdicts on the rebuilt node."""

    passed: int = 0
    failed: int = 0
    unproven: int = 0


@dataclass(frozen=True)
class Failure:
    """Where a drill stopped, and why."""

    stage: str
    sentence: str


@dataclass(frozen=True)
class Record:
    """A drill that ended, well or not."""

    inventory: str
    node: str
    by: str
    started: datetime
    seconds: float
    budget_seconds: float
    simulated: bool
    driver: str
    lock: str
    stages: tuple[Stage, ...]
    checks: Checks
    lost: tuple[Lost, ...] | None
    """Requests lost meanwhile; None where no balancer could tell."""
    taken_up: tuple[TakenUp, ...] = ()
    failure: Failure | None = None
    assumptions: tuple[str, ...] = ()

    @property
    def result(self) -> Result:
        """`failed` before `over_budget` before `ok`."""
        if self.failure is not None:
            return "failed"
        return "over_budget" if self.seconds > self.budget_seconds else "ok"

    @property
    def estimate(self) -> float | None:
        """Seconds that it would take on real hardware; None where it ran on that."""
        known = [one.estimate for one in self.stages if one.kind != "part"]
        return sum(one or 0.0 for one in known) if self.simulated else None

    def as_json(self) -> dict[str, Any]:
        """The record as it lies on the node and with the inventory's history."""
        return {
            "inventory": self.inventory,
            "node": self.node,
            "by": self.by,
            "started": self.started.isoformat(timespec="seconds"),
            "finished": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "hardware": "simulated" if self.simulated else "real",
            "driver": self.driver,
            "lock": self.lock,
            "budget_seconds": self.budget_seconds,
            "seconds": round(self.seconds, 3),
            "estimate_seconds": _rounded(self.estimate),
            "stages": [_stage(one) for one in self.stages],
            "requests_lost": _count(self.lost),
            "lost": [asdict(one) for one in self.lost or ()][:_MOST_LOST],
            "checks": asdict(self.checks),
            "taken_up": [asdict(one) for one in self.taken_up],
            "result": self.result,
            "failed_stage": None if self.failure is None else self.failure.stage,
            "error": None if self.failure is None else self.failure.sentence,
            "assumptions": list(self.assumptions),
        }


_MOST_LOST = 100


def with_stage(stages: Sequence[Stage], new: Stage) -> list[Stage]:
    """The stages with one more; one that was begun before keeps its seconds and its place."""
    before = next((one for one in stages if one.stage == new.stage), None)
    if before is None:
        return [*stages, new]
    both = replace(
        new,
        started=before.started,
        seconds=before.seconds + new.seconds,
        received=before.received + new.received,
        fetching=before.fetching + new.fetching,
        rebooting=before.rebooting + new.rebooting,
        reboots=before.reboots + new.reboots,
    )
    return [both if one is before else one for one in stages]


def _stage(one: Stage) -> dict[str, Any]:
    return {
        "stage": one.stage,
        "started": _rounded(one.started),
        "seconds": round(one.seconds, 3),
        "estimate": _rounded(one.estimate),
        "note": one.note,
        "kind": one.kind,
    }


def _count(lost: Sequence[Lost] | None) -> int | None:
    return None if lost is None else sum(one.count for one in lost)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
