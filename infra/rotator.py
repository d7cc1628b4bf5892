"""What a wave asks of balancers, and what it makes of their answers about a pool."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol

from infra.rotation import Hold, Rotated, Settled

OWNER = "deploy"
"""Whose holds a deploy puts and lifts."""
SWAP = "swap"
"""Whose holds keep a node out while a spare has its place."""
GATE = "gate"
"""Whose holds keep a node out that is not proven for its boot and its promise."""
_WATCH = ("health", GATE)
"""Whose holds the watch on a balancer puts and lifts by what it sees of a node."""
WATCH = "infra-health"
"""Who puts a hold when the watch does."""
Seen = Mapping[str, Mapping[str, Rotated]]
"""Every node's state by balancer and name."""


@dataclass(frozen=True)
class Away:
    """Why a node is not, or may not be, in rotation at the end of its deploy."""

    text: str
    failed: bool = False
    """Whether the deploy of the node has failed by it."""


class Rotator(Protocol):
    """Every balancer of a site, as far as a wave needs them."""

    def rotation(self, *, probe: bool = False, patient: bool = False) -> Seen:
        """Every node by balancer."""

    def hold(self, node: str, *, owner: str, reason: str, by: str, keep: int = 0) -> object:
        """Send a node nothing new."""

    def settle(self, node: str, *, seconds: int) -> Settled:
        """Wait until what is under way has ended."""

    def lift(self, node: str, *, owner: str) -> None:
        """Lift an owner's hold."""


def known(node: str, seen: Seen) -> bool:
    """Whether any balancer spreads requests over the node."""
    return any(node in nodes for nodes in seen.values())


def available(node: str, seen: Seen) -> bool:
    """Whether every balancer that knows the node sends it requests, and it is healthy."""
    return all(view.state == "in" and view.answers is not False for view in views(node, seen))


def serves(node: str, seen: Seen) -> bool:
    """Whether any balancer sends it requests that it answers, or has some under way there."""
    return any(
        view.state == "in" and (view.answers is not False or view.in_flight > 0)
        for view in views(node, seen)
    )


def to_keep(node: str, seen: Seen, *, peers: AbstractSet[str], most: int) -> int:
    """How many other nodes must be in when the hold is put, for at most `most` to be out."""
    sizes = [len(peers & nodes.keys()) for nodes in seen.values() if node in nodes]
    return max(0, min(sizes, default=0) - most)


def held_by_deploy(node: Rotated) -> bool:
    """Whether a deploy keeps the node out."""
    return any(hold.owner == OWNER for hold in node.holds)


def held_by_gate(node: Rotated) -> bool:
    """Whether the node is out because it is not proven."""
    return any(hold.owner == GATE for hold in node.holds)


def gated_by(node: str, seen: Seen) -> set[str]:
    """Who put the gate's holds of a node."""
    holds = (hold for view in views(node, seen) for hold in view.holds)
    return {hold.by for hold in holds if hold.owner == GATE}


def may_come_in(node: str, seen: Seen) -> bool:
    """Whether nobody holds the node out but a watch, which lifts its holds by itself."""
    holds = [hold for view in views(node, seen) for hold in view.holds]
    return bool(holds) and only_watched(holds)


def only_watched(holds: Iterable[Hold]) -> bool:
    """Whether nobody but a watch holds."""
    return all(hold.owner in _WATCH for hold in holds)


def is_spare(node: str, seen: Seen) -> bool:
    """Whether it stands by for the others."""
    return any(view.spare for view in views(node, seen))


def is_canary(node: str, seen: Seen) -> bool:
    """Whether it gets a share of its model's requests, and no others."""
    return any(view.canary for view in views(node, seen))


def is_replaced(node: str, seen: Seen) -> bool:
    """Whether a spare has its place."""
    return any(hold.owner == SWAP for view in views(node, seen) for hold in view.holds)


def other_holds(node: str, seen: Seen) -> str:
    """Who holds it out, and why, for a sentence; empty when nobody does."""
    holds = [hold for view in views(node, seen) for hold in view.holds]
    told = (f"held by {hold.owner} ({hold.by}: {hold.reason})" for hold in holds)
    return ", ".join(dict.fromkeys(told))


def views(node: str, seen: Seen) -> list[Rotated]:
    """The node as each balancer sees it that knows it."""
    return [nodes[node] for nodes in seen.values() if node in nodes]
