"""A node's way back into rotation at its balancers, or out of it on behalf of its gate."""

import time

import gevent

from infra import rotator
from infra.rotator import GATE, OWNER, Rotator

WATCH_SECONDS = 15.0
"""How long a balancer's watch may take to see that a node is well."""
_AGAIN_SECONDS = 0.5


def let_in(balancers: Rotator, node: str, *, proven: bool) -> str:
    """Lift the deploy's hold, and the gate's of a node that is proven: who holds it still.

    A watch may have seen it out of order a moment ago: it is given time to see it well.
    """
    balancers.lift(node, owner=OWNER)
    return opened(balancers, node) if proven else held(balancers, node)


def opened(balancers: Rotator, node: str) -> str:
    """Have the gate's hold of a proven node lifted: who holds it still.

    A watch lifts its own within seconds, when it has asked the node; what it does not, is lifted.
    """
    until = time.monotonic() + WATCH_SECONDS
    while True:
        seen = balancers.rotation(patient=True)
        late = time.monotonic() >= until
        if rotator.gated_by(node, seen) - (set() if late else {rotator.WATCH}):
            balancers.lift(node, owner=GATE)
            seen = balancers.rotation(patient=True)
        if late or not rotator.may_come_in(node, seen):
            return rotator.other_holds(node, seen)
        gevent.sleep(_AGAIN_SECONDS)


def held(balancers: Rotator, node: str) -> str:
    """Who holds it out, and why; empty when nobody does."""
    return rotator.other_holds(node, balancers.rotation(patient=True))


def keep_out(balancers: Rotator, node: str, *, why: str, by: str) -> None:
    """Leave it to its gate instead of the deploy: mended, it comes in without another deploy."""
    balancers.hold(node, owner=GATE, reason=why, by=by)
    balancers.lift(node, owner=OWNER)
