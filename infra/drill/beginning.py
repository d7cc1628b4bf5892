"""Whether a drill may begin: somebody else serves meanwhile, and nobody is at the node."""

from collections.abc import Collection, Mapping, Sequence

from infra import rotator
from infra.drill.running import Running
from infra.drill.work import OWNER
from infra.rotation import Hold, holds_of
from infra.rotator import Seen
from infra.session import Asked


def alone(node: str, *, pools: Mapping[str, Sequence[str]], seen: Seen) -> str | None:
    """The model that no other node would serve; None when the node is not the last healthy one."""
    if not rotator.serves(node, seen):
        return None
    for model, members in pools.items():
        others = [one for one in members if one != node and rotator.known(one, seen)]
        if node in members and not any(rotator.available(one, seen) for one in others):
            return model
    return None


def others_drill(node: str, *, seen: Seen, own: Collection[str] = ()) -> Hold | None:
    """The hold of a drill that was put by nobody of `own`: this machine knows nothing of it."""
    holds = holds_of(rotator.views(node, seen))
    return next((hold for hold in holds if hold.owner == OWNER and hold.by not in own), None)


def given_up(running: Running, *, seen: Seen) -> bool:
    """Whether a drill that was left here was given up elsewhere: its hold is gone."""
    if not running.holds or not rotator.known(running.node, seen):
        return False
    drills = {one.by for one in holds_of(rotator.views(running.node, seen)) if one.owner == OWNER}
    return drills.isdisjoint(running.own)


_LIFTED_MEANWHILE = (OWNER, rotator.OWNER, "health", "gate")
"""Owners whose holds end with the rebuild."""


def owners(node: str, *, seen: Seen) -> list[str]:
    """Who holds the node out and goes on doing so when it is rebuilt."""
    holds = holds_of(rotator.views(node, seen))
    return [hold.owner for hold in holds if hold.owner not in _LIFTED_MEANWHILE]


def deploying(asked: Asked, *, remarks: Sequence[str]) -> str | None:
    """Who is deploying the node now; None when nobody is, or the node does not answer."""
    asked.open()
    asked.close()
    return next((remark for remark in remarks if "is being deployed" in remark), None)
