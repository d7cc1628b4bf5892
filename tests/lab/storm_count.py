"""What a fault of one node cost: who was sent there before it was out, and who was lost."""

from collections.abc import Sequence
from dataclasses import dataclass

from pacing import Request
from storm import Storm

SWITCH_SECONDS = 0.6
"""From the moment that the state says so until nginx chooses accordingly."""


@dataclass(frozen=True)
class Count:
    """What a fault on one node cost."""

    at: float
    """When it happened."""
    ejected: float | None
    """Seconds until the node was out."""
    open: int
    """Streams that it had under way."""
    lost_there: tuple[Request, ...]
    """Sent to the node before it was out, and lost."""
    lost_elsewhere: tuple[Request, ...]
    """All other losses: there may be none."""
    may: float
    """How many may be lost there."""
    sent: int

    def told(self) -> str:
        """The figures on a line, then each loss."""
        out = "never" if self.ejected is None else f"{self.ejected:.2f} s"
        full = sum(one.refused and not one.node for one in self.lost_elsewhere)
        head = (
            f"{self.sent} requests; out after {out}; {self.open} open there; lost there "
            f"{len(self.lost_there)} (may {self.may:.1f}), elsewhere {len(self.lost_elsewhere)}, "
            f"{full} of them refused because every node was full"
        )
        return "\n".join([head, *(self._line(one) for one in self._all())])

    def slowest_end(self) -> float:
        """Longest seconds from the fault, or from its own beginning, to a loss's error."""
        return max((one.ended - max(self.at, one.began) for one in self.lost_there), default=0.0)

    def _all(self) -> Sequence[Request]:
        return (*self.lost_there, *self.lost_elsewhere)

    def _line(self, one: Request) -> str:
        began, ended = one.began - self.at, one.ended - self.at
        return f"  {began:+6.2f} s to {ended:+6.2f} s  {one.node or '-'}  {one.status}  {one.error}"


def counted(made: Storm, *, node: str, at: float, sharing: int, per_second: float) -> Count:
    """What a fault of a node cost; `sharing` nodes had an equal share of the rate before it."""
    left = made.watch.left(node, after=at)
    ejected = None if left is None else left - at
    until = float("inf") if left is None else left + SWITCH_SECONDS
    lost = [one for one in made.done if one.lost]
    there = [one for one in lost if made.node_of(one) == node and one.began <= until]
    opened = [one for one in made.done if made.node_of(one) == node and one.began < at < one.ended]
    window = (ejected or 0.0) + SWITCH_SECONDS
    return Count(
        at=at,
        ejected=ejected,
        open=len(opened),
        lost_there=tuple(there),
        lost_elsewhere=tuple(one for one in lost if one not in there),
        may=len(opened) + per_second / sharing * window + 1,
        sent=len(made.done),
    )
