"""A drain by hand: the node is held, then what is under way there may finish."""

from collections.abc import Callable, Collection

import gevent

from infra.balancers import BalancerError, Balancers
from infra.interrupt import joined
from infra.rotation import OPERATOR, Hold, Rotated, Settled, holds_of


def owned(said: Collection[Rotated]) -> Hold | None:
    """An operator's hold that every balancer has; None when one lacks it."""
    if not all(any(hold.owner == OPERATOR for hold in one.holds) for one in said):
        return None
    return next((hold for hold in holds_of(said) if hold.owner == OPERATOR), None)


class Drain:
    """How far a drain is; Ctrl-C may end it anywhere."""

    def __init__(self, balancers: Balancers, node: str, *, seconds: int, keep: int) -> None:
        """A drain that has not begun; `keep` other nodes of each of its pools stay in."""
        self.balancers, self.node, self.seconds, self.keep = balancers, node, seconds, keep
        self.hear: Callable[[int], None] = lambda left: None
        """Told how many requests are under way."""
        self.left: int | None = None
        """Requests under way when last heard of; None before the node is held."""
        self.settled = Settled(finished=0, left=0, seconds=0.0)
        self.problem: BalancerError | None = None
        """Why it failed."""

    def run(self, *, reason: str, by: str) -> bool:
        """Hold and settle; False when Ctrl-C ended it.

        A hold that was there is put again: its program may have died before nginx took it up.
        """
        return joined([gevent.spawn(self._run, reason, by)])

    def _run(self, reason: str, by: str) -> None:
        try:
            self.balancers.hold(self.node, owner=OPERATOR, reason=reason, by=by, keep=self.keep)
            self.left = 0
            self.settled = self.balancers.settle(self.node, seconds=self.seconds, hear=self._heard)
        except BalancerError as problem:
            self.problem = problem

    def _heard(self, left: int) -> None:
        self.left = left
        self.hear(left)
