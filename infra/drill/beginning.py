"""Whether a drill may begin: somebody else serves meanwhile, and nobody is at the node."""

from collections.abc import Mapping, Sequence

from infra import rotator
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


def others_drill(node: str, *, seen: Seen) -> Hold | None:
    """The hold of a drill that this machine knows nothing of."""
    holds = holds_of(rotator.views(node, seen))
    return next((hold for hold in holds if hold.owner == OWNER), None)


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
