"""Deciding: what to do with a node, from who holds it and how its engine was judged."""

from collections.abc import Mapping
from dataclasses import dataclass

from roles.health_watch.program.judging import Ill
from roles.health_watch.program.standing import CLOSED, PROVEN, Right

HEALTH, GATE = "health", "gate"
HOLD, LIFT = "hold", "lift"


@dataclass(frozen=True)
class Act:
    """A hold put or lifted."""

    verb: str
    owner: str
    reason: str = ""


@dataclass(frozen=True)
class Judged:
    """An engine and its node, as they are judged now."""

    ill: Ill | None
    well: bool
    """Whether an engine that was out has proven itself for long enough."""
    right: Right | None
    """Whether the node may be in; None while it has not said it since its engine answered."""


def decide(judged: Judged, *, holds: Mapping[str, str]) -> Act | None:
    """What to do next; `holds` are the reasons by owner. None when nothing is to be done.

    The gate comes first: an engine that is back is not let in before its node is proven.
    """
    return _gate(judged, holds) or _health(judged, holds)


def _gate(judged: Judged, holds: Mapping[str, str]) -> Act | None:
    if judged.right is None:
        return None
    if judged.right.kind == CLOSED and holds.get(GATE) != judged.right.why:
        return Act(HOLD, GATE, judged.right.why)
    if judged.right.kind == PROVEN and GATE in holds and judged.ill is None:
        return Act(LIFT, GATE)
    return None


def _health(judged: Judged, holds: Mapping[str, str]) -> Act | None:
    if judged.ill is not None:
        # whoever is out for another reason gets nothing already
        return None if holds else Act(HOLD, HEALTH, judged.ill.reason)
    if HEALTH in holds and judged.well and judged.right is not None:
        return Act(LIFT, HEALTH)
    return None
