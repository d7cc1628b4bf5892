"""Nodes of one pool leave rotation in turn, and come back when they answer.

A node that serves is drained before anything stops it; one that never served waits for nobody. A
failure of a node that is out stops the wave: those that still serve are left as they are.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from gevent.event import Event
from gevent.lock import BoundedSemaphore

from infra import comeback, rotator
from infra.balancers import BalancerError
from infra.permit import Permit
from infra.rotator import OWNER, Away, Rotator, Seen
from infra.turns import Member, RefusedError, turn
from infra.wording import counted, duration

_LOOK_AGAIN_SECONDS = 5.0
_REFUSALS = 3
"""So often a balancer may refuse what looks possible: others may have changed it meanwhile."""

Answers = Callable[[], bool]
"""Whether the node completes a token."""
Shut = Callable[[], str | None]
"""Why the node may not serve, by its checks; None when it may."""
Aside = Callable[[], AbstractContextManager[None]]
"""Lets others work inside."""


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
    balancing: tuple[str, ...] = ()
    """Names of the nodes that balance."""
    listen: Callable[[Moment], None] = lambda moment: None
    moments: list[Moment] = field(default_factory=list)
    out: dict[str, float] = field(default_factory=dict)
    """Nodes that this deploy took out, and when."""
    missed: set[str] = field(default_factory=set)
    """Those among them that served until then."""
    lost: set[str] = field(default_factory=set)
    """Nodes that were taken out and did not come back."""
    stopped: str | None = None
    """The node whose failure stopped the wave."""
    serving: set[str] = field(default_factory=set)
    """Nodes that were in rotation when the deploy began."""
    _left_over: set[str] = field(default_factory=set)
    _gated: set[str] = field(default_factory=set)
    _held: set[str] = field(default_factory=set)
    _all_seen: bool = True
    _started: float = field(default_factory=time.monotonic)
    _deciding: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(1))
    _changed: Event = field(default_factory=Event)

    def look(self) -> None:
        """Learn which nodes are in rotation, and which an earlier deploy left out of it."""
        seen = self.balancers.rotation(patient=True)
        self._all_seen = len(seen) == len(self.balancing)
        for nodes in seen.values():
            self.serving |= {name for name, node in nodes.items() if node.state == "in"}
            ours = {name for name, node in nodes.items() if rotator.held_by_deploy(node)}
            self._left_over |= ours
            self._gated |= {name for name, node in nodes.items() if rotator.held_by_gate(node)}
            self._held |= {name for name in nodes.keys() - ours if nodes[name].holds}

    def before(self, node: str, *, why: str, answers: Answers, aside: Aside = nullcontext) -> None:
        """Have a node out of rotation, its requests finished; RefusedError when it may not be.

        While it waits for its turn it stands `aside`, so that others may work.
        """
        if node in self.out or not self._peers(node):
            return
        for left in reversed(range(_REFUSALS)):
            seen, serves = self._take_turn(node, why=why, answers=answers, aside=aside)
            try:
                self._leave(node, why=why, seen=seen, keep=self._keep(node, seen) if serves else 0)
                return
            except BalancerError as problem:
                if not serves:
                    return
                self._stay(node, problem, last=not left)

    def after(
        self,
        node: str,
        *,
        ok: bool,
        answers: Answers,
        shut: Shut = lambda: None,
        whole: bool = True,
    ) -> Away | None:
        """Have a node back in rotation when it answers and passes; what to say when it may not be.

        A node that never served, and was not deployed `whole`, is not asked.
        """
        try:
            if ok and not whole and node in self.out and node not in self.missed:
                del self.out[node]
                return Away(f"{node} serves nobody yet: the roles that serve were left out")
            if node not in self.out and ok and not self._all_seen:
                self.look()
            if node in self.out or (ok and node in self._left_over | self._gated):
                self.stopped = self.stopped or (None if ok else node)
                return self._back(node, ok=ok, answers=answers, shut=shut)
            if ok and not self._all_seen and self._peers(node):
                return Away("whether it is in rotation is not known: a balancer gave no answer")
            # whoever held it when the deploy began may have lifted that meanwhile
            held = comeback.held(self.balancers, node) if node in self._held else ""
            return Away(f"{node} stays out of rotation: {held}") if ok and held else None
        finally:
            self.ended(node)

    def taken_over(self, node: str) -> None:
        """Somebody else deploys a node now: its rotation is theirs."""
        if node in self.out:
            self._lose(node)
        self.ended(node)

    def ended(self, node: str) -> None:
        """A node that never got so far will not return."""
        self.at_work.discard(node)
        self._changed.set()

    def _peers(self, node: str) -> set[str]:
        return {peer for peers in self.pools.values() if node in peers for peer in peers}

    def _take_turn(
        self, node: str, *, why: str, answers: Answers, aside: Aside
    ) -> tuple[Seen, bool]:
        """The rotation, and whether the node serves, at the moment in which it may leave."""
        told = ""
        while True:
            with self._deciding:
                seen = self._seen(node, answers)
                serves = self._serves(node, seen, answers)
                others = self._peers(node) - {node}
                members = [
                    self._member(peer, seen)
                    for peer in others
                    if not rotator.is_replaced(peer, seen)
                ]
                most = self.permit.policy.max_unavailable
                spare = rotator.is_spare(node, seen)
                verdict = turn(Member(node, serves, spare=spare), members, most=most)
                if verdict.word == "go" and (not serves or self._permitted(node, why=why)):
                    self.out[node] = time.monotonic()
                    self.missed |= {node} if serves else set()
                    return seen, serves
            if verdict.word == "go":
                continue  # a person took time to answer: look again
            if verdict.word == "stop" or self.stopped is not None:
                raise RefusedError(self._not_now(node, verdict.why, seen))
            if told != verdict.why:
                told = verdict.why
                self._tell(node, f"waits for its turn: {told}")
            with aside():
                self._changed.wait(_LOOK_AGAIN_SECONDS)
            self._changed.clear()

    def _seen(self, node: str, answers: Answers) -> Seen:
        """The rotation now; a node that serves is left alone when a balancer cannot be asked."""
        try:
            return self.balancers.rotation(probe=True)
        except BalancerError as problem:
            if answers():
                raise RefusedError(f"{problem}; {node} serves and was left as it is") from problem
            return self.balancers.rotation(probe=True, patient=True)

    def _serves(self, node: str, seen: Seen, answers: Answers) -> bool:
        """Whether anything would be missed without the node."""
        if rotator.known(node, seen):
            return rotator.serves(node, seen)
        return bool(seen.get(node)) if node in self.balancing else answers()

    def _keep(self, node: str, seen: Seen) -> int:
        most = self.permit.policy.max_unavailable
        peers = self._peers(node)
        skipped = rotator.is_replaced if rotator.is_spare(node, seen) else rotator.is_spare
        peers = {peer for peer in peers if not skipped(peer, seen)}
        mains = {peer for peer in peers if peer == node or not rotator.is_canary(peer, seen)}
        # a canary serves nobody but its share: beside it one more has to stay, where any has to
        at_least = min(1, rotator.to_keep(node, seen, peers=peers, most=most))
        return max(at_least, rotator.to_keep(node, seen, peers=mains, most=most))

    def _member(self, node: str, seen: Seen) -> Member:
        away = node in self.out or node in self.lost
        return Member(
            node,
            available=not away and rotator.available(node, seen),
            may_return=node in self.at_work,
            spare=rotator.is_spare(node, seen),
        )

    def _permitted(self, node: str, *, why: str) -> bool:
        """Whether it may be disrupted as things were seen; RefusedError when it may not at all."""
        if self.stopped is not None:
            raise RefusedError(self._not_now(node, "", {}))
        asked = self.permit.given is None
        refusal = self.permit.refusal(node, why=why)
        if refusal is not None:
            raise RefusedError(refusal)
        return not asked

    def _not_now(self, node: str, why: str, seen: Seen) -> str:
        if self.stopped is not None:
            return (
                f"{node} was left as it is: {self.stopped} failed while it was out of rotation; "
                "mend it, then go on with --limit @failed"
            )
        others = sorted(self._peers(node) - {node})
        holds = [
            f"{peer} is {held}" for peer in others if (held := rotator.other_holds(peer, seen))
        ]
        more = f" ({'; '.join(holds)}: infra undrain)" if holds else ""
        return (
            f"{node} was left as it is: {why}{more}; bring it back, "
            "or allow more with --max-unavailable"
        )

    def _leave(self, node: str, *, why: str, seen: Seen, keep: int) -> None:
        known, missed = rotator.known(node, seen), node in self.missed
        if missed:
            self._tell(node, f"leaves rotation: {why}" if known else f"is disrupted: {why}")
        if not known:
            return
        self.balancers.hold(node, owner=OWNER, reason=why, by=self.by, keep=keep)
        settled = self.balancers.settle(node, seconds=self.permit.policy.drain_seconds)
        cut = f", {settled.left} cut" if settled.left else ""
        finished = counted(settled.finished, "request")
        if missed or settled.finished or settled.left:
            self._tell(node, f"is out: {finished} finished in {duration(settled.seconds)}{cut}")

    def _stay(self, node: str, problem: BalancerError, *, last: bool) -> None:
        """Leave a node in rotation that a balancer did not let go; then its turn comes again."""
        try:
            self.balancers.lift(node, owner=OWNER)
        except BalancerError as another:
            self._lose(node)
            raise RefusedError(
                f"{another}; {node} was not disrupted, but may be held out: infra rotation"
            ) from problem
        del self.out[node]
        if last or not problem.refused:
            raise RefusedError(f"{problem}; {node} was not disrupted") from problem
        self._changed.wait(_LOOK_AGAIN_SECONDS)

    def _back(self, node: str, *, ok: bool, answers: Answers, shut: Shut) -> Away | None:
        if not answers():
            self.stopped = self.stopped or node
            self._lose(node)
            return Away(f"{node} is out of rotation: it does not complete a token", failed=True)
        why = shut()
        if why is not None:
            return self._keep_out(node, why)
        try:
            others = comeback.let_in(self.balancers, node, proven=ok)
        except BalancerError as problem:
            self._lose(node)
            return Away(f"{node} answers, but is not in rotation again: {problem}", failed=True)
        since = self.out.pop(node, None)
        self._left_over.discard(node)
        self._gated.discard(node)
        if others:
            return Away(f"{node} answers, and stays out of rotation: {others}")
        away = "" if since is None else f" after {duration(time.monotonic() - since)}"
        self._tell(node, f"is back in{away}" if node in self.missed else "answers")
        return None

    def _keep_out(self, node: str, why: str) -> Away:
        self.stopped = self.stopped or node
        self._lose(node)
        kept = f"{node} stays out of rotation: {why}"
        try:
            comeback.keep_out(self.balancers, node, why=why, by=self.by)
        except BalancerError as problem:
            return Away(f"{kept}; {problem}", failed=True)
        return Away(f"{kept}; mended, it comes in by the next infra gate or check", failed=True)

    def _lose(self, node: str) -> None:
        self.out.pop(node, None)
        self.lost.add(node)
        self._tell(node, "stays out of rotation")

    def _tell(self, node: str, what: str) -> None:
        moment = Moment(time.monotonic() - self._started, node, what)
        self.moments.append(moment)
        self.listen(moment)
