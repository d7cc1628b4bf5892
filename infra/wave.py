"""Nodes of one pool leave rotation in turn, and come back when they answer.

A node that serves is drained before anything stops it; one that never served waits for nobody. A
failure of a node that is out stops the wave: those that still serve are left as they are.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol

from gevent.event import Event
from gevent.lock import BoundedSemaphore

from infra.balancers import BalancerError
from infra.permit import Permit
from infra.rotation import Rotated, Settled
from infra.turns import Member, RefusedError, turn
from infra.wording import counted, duration

OWNER = "deploy"
"""Whose holds a deploy puts and lifts."""
_LOOK_AGAIN_SECONDS = 5.0

Answers = Callable[[], bool]
"""Whether the node completes a token."""
Aside = Callable[[], AbstractContextManager[None]]
"""Lets others work inside."""


class Rotator(Protocol):
    """Every balancer of a site, as far as a wave needs them."""

    def rotation(
        self, *, probe: bool = False, patient: bool = False
    ) -> Mapping[str, Mapping[str, Rotated]]:
        """Every node by balancer."""

    def hold(self, node: str, *, owner: str, reason: str, by: str, keep: int = 0) -> object:
        """Send a node nothing new."""

    def settle(self, node: str, *, seconds: int) -> Settled:
        """Wait until what is under way has ended."""

    def lift(self, node: str, *, owner: str) -> None:
        """Lift an owner's hold."""


@dataclass(frozen=True)
class Moment:
    """What happened to a node, in seconds since the deploy began."""

    seconds: float
    node: str
    what: str


@dataclass
class Wave:
    """The turns of a deploy's nodes."""

    pools: Mapping[str, Sequence[str]]
    """Nodes by the name of the model that they serve."""
    balancers: Rotator
    by: str
    """Who deploys, `mara@laptop`."""
    at_work: set[str]
    """Nodes of this deploy that have not ended."""
    permit: Permit
    listen: Callable[[Moment], None] = lambda moment: None
    moments: list[Moment] = field(default_factory=list)
    out: dict[str, float] = field(default_factory=dict)
    """Nodes that this deploy took out, and when."""
    lost: set[str] = field(default_factory=set)
    """Nodes that were taken out and did not come back."""
    stopped: str | None = None
    """The node whose failure stopped the wave."""
    serving: set[str] = field(default_factory=set)
    """Nodes that were in rotation when the deploy began."""
    _left_over: set[str] = field(default_factory=set)
    _started: float = field(default_factory=time.monotonic)
    _deciding: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(1))
    _changed: Event = field(default_factory=Event)

    def look(self) -> None:
        """Learn which nodes are in rotation, and which an earlier deploy left out of it."""
        for nodes in self.balancers.rotation(patient=True).values():
            self.serving |= {name for name, node in nodes.items() if node.state == "in"}
            self._left_over |= {name for name, node in nodes.items() if _is_ours(node)}

    def before(self, node: str, *, why: str, answers: Answers, aside: Aside = nullcontext) -> None:
        """Have a node out of rotation, its requests finished; RefusedError when it may not be.

        While it waits for its turn it stands `aside`, so that others may work.
        """
        if node in self.out or not self._peers(node):
            return
        known, serves = self._take_turn(node, why=why, answers=answers, aside=aside)
        try:
            if known:
                self._drain(node, why=why)
        except BalancerError as problem:
            if serves:
                del self.out[node]
                self._wake()
                raise RefusedError(f"{problem}; {node} was not disrupted") from problem
            self._tell(node, f"is worked on in rotation: {problem}")

    def after(self, node: str, *, ok: bool, answers: Answers) -> str | None:
        """Have a node back in rotation when it answers; a sentence when it stays out."""
        try:
            if node not in self.out and not (ok and node in self._left_over):
                return None
            if not ok and node in self.out:
                self.stopped = self.stopped or node
            return self._back(node, answers=answers)
        finally:
            self.at_work.discard(node)
            self._wake()

    def ended(self, node: str) -> None:
        """A node that never got so far will not return."""
        self.at_work.discard(node)
        self._wake()

    def _peers(self, node: str) -> set[str]:
        return {peer for peers in self.pools.values() if node in peers for peer in peers}

    def _take_turn(
        self, node: str, *, why: str, answers: Answers, aside: Aside
    ) -> tuple[bool, bool]:
        """Whether a balancer knows the node, and whether it serves; waits until it may leave."""
        told = ""
        while True:
            with self._deciding:
                seen = self.balancers.rotation(probe=True, patient=True)
                known = any(node in nodes for nodes in seen.values())
                serves = _available(node, seen) if known else answers()
                members = [self._member(peer, seen) for peer in self._peers(node) - {node}]
                verdict = turn(
                    Member(node, serves), members, most=self.permit.policy.max_unavailable
                )
                if verdict.word == "go":
                    if serves:
                        self._refuse_unwanted(node, why=why)
                    self.out[node] = time.monotonic()
                    return known, serves
            if verdict.word == "stop" or self.stopped is not None:
                raise RefusedError(self._not_now(node, verdict.why))
            if told != verdict.why:
                told = verdict.why
                self._tell(node, f"waits for its turn: {told}")
            with aside():
                self._changed.wait(_LOOK_AGAIN_SECONDS)
            self._changed.clear()

    def _member(self, node: str, seen: Mapping[str, Mapping[str, Rotated]]) -> Member:
        away = node in self.out or node in self.lost
        known = any(node in nodes for nodes in seen.values())
        available = not away and (_available(node, seen) if known else True)
        return Member(node, available, may_return=node in self.at_work)

    def _refuse_unwanted(self, node: str, *, why: str) -> None:
        if self.stopped is not None:
            raise RefusedError(self._not_now(node, ""))
        refusal = self.permit.refusal(node, why=why)
        if refusal is not None:
            raise RefusedError(refusal)

    def _not_now(self, node: str, why: str) -> str:
        if self.stopped is not None:
            return (
                f"{node} was left as it is: {self.stopped} failed while it was out of rotation; "
                "mend it, then go on with --limit @failed"
            )
        return (
            f"{node} was left as it is: {why}; bring it back, or allow more with --max-unavailable"
        )

    def _drain(self, node: str, *, why: str) -> None:
        self._tell(node, f"leaves rotation: {why}")
        self.balancers.hold(node, owner=OWNER, reason=why, by=self.by)
        settled = self.balancers.settle(node, seconds=self.permit.policy.drain_seconds)
        cut = f", {settled.left} cut" if settled.left else ""
        finished = counted(settled.finished, "request")
        self._tell(node, f"is out: {finished} finished in {duration(settled.seconds)}{cut}")

    def _back(self, node: str, *, answers: Answers) -> str | None:
        if not answers():
            self.stopped = self.stopped or node
            self._lose(node)
            return f"{node} is out of rotation: it does not complete a token"
        try:
            self.balancers.lift(node, owner=OWNER)
            others = self._other_holds(node)
        except BalancerError as problem:
            self._lose(node)
            return f"{node} answers, but is not in rotation again: {problem}"
        since = self.out.pop(node, None)
        self._left_over.discard(node)
        away = "" if since is None else f" after {duration(time.monotonic() - since)}"
        self._tell(node, f"answers, and stays out: {others}" if others else f"is back in{away}")
        return None

    def _lose(self, node: str) -> None:
        self.out.pop(node, None)
        self.lost.add(node)
        self._tell(node, "stays out of rotation")

    def _other_holds(self, node: str) -> str:
        seen = self.balancers.rotation(patient=True).values()
        holds = [hold for nodes in seen if node in nodes for hold in nodes[node].holds]
        said = (f"held by {hold.owner} ({hold.by}: {hold.reason})" for hold in holds)
        return ", ".join(dict.fromkeys(said))

    def _tell(self, node: str, what: str) -> None:
        moment = Moment(time.monotonic() - self._started, node, what)
        self.moments.append(moment)
        self.listen(moment)

    def _wake(self) -> None:
        self._changed.set()


def _is_ours(node: Rotated) -> bool:
    return any(hold.owner == OWNER for hold in node.holds)


def _available(node: str, seen: Mapping[str, Mapping[str, Rotated]]) -> bool:
    """Whether every balancer that knows the node sends it requests, and it is healthy."""
    views: Iterable[Rotated] = [nodes[node] for nodes in seen.values() if node in nodes]
    return all(view.state == "in" and view.answers is not False for view in views)
