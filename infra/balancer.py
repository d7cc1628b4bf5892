"""One balancer's rotation program, asked over a connection that is opened when first needed."""

import math
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from gevent.lock import BoundedSemaphore

from infra import rotation
from infra.rotation import Rotated, Settled, Told
from infra.session import Asked, NoAnswerError
from infra.wire import Answer

T = TypeVar("T")

ABSENT = 44
"""Exit status of the shell where the program is not installed."""
SLICE_SECONDS = 2
"""A long wait is asked for in pieces, so that it outlives a lost connection."""
_SECONDS, _GRACE = 90.0, 30.0
"""How long an answer may take, and a piece of a wait beyond its own time."""
_WAITS, _QUESTIONS = 5, 3
"""Channels that sshd is asked for at once; it allows ten a connection."""


class BalancerError(Exception):
    """Which balancer did not do what, and what to do."""

    def __init__(self, sentence: str, *, refused: bool = False, unsure: bool = False) -> None:
        """`refused`: too few other nodes of a pool would be in; `unsure`: it may be done."""
        super().__init__(sentence)
        self.refused, self.unsure = refused, unsure


class Balancer:
    """A balancer; several greenlets may ask it at once."""

    def __init__(self, name: str, *, session: Callable[[], Asked]) -> None:
        """A balancer that is not connected yet; `session` makes a connection to open."""
        self.name, self._session = name, session
        self._asked: Asked | None = None
        self._attempts = 0
        self._door = BoundedSemaphore(1)
        self._waits, self._questions = BoundedSemaphore(_WAITS), BoundedSemaphore(_QUESTIONS)

    def show(self, *, probe: bool = False) -> dict[str, Rotated]:
        """Every node's state by name; empty where the program is not installed yet."""
        said = self._ask(rotation.show_command(probe=probe), seconds=_SECONDS)
        return {} if said is None else self._understood(rotation.parse, said)

    def hold(self, node: str, *, owner: str, reason: str, by: str, keep: int = 0) -> None:
        """Put a hold; BalancerError with `refused` when fewer than `keep` others would be in."""
        command = rotation.hold_command(node, owner=owner, reason=reason, by=by, keep=keep)
        self._ask(command, seconds=_SECONDS)

    def lift(self, node: str, *, owner: str) -> None:
        """Lift an owner's hold."""
        self._ask(rotation.lift_command(node, owner=owner), seconds=_SECONDS)

    def told(self) -> Told:
        """Its nodes, canaries and swaps; nothing of each where the program is not installed yet."""
        said = self._ask(rotation.show_command(), seconds=_SECONDS)
        return Told({}, {}, {}) if said is None else self._understood(rotation.parse_told, said)

    def canary_set(self, node: str, *, share: float, endpoints: Sequence[str], by: str) -> None:
        """Give a node a share in percent of its model's requests, and nothing else."""
        command = rotation.canary_set_command(node, share=share, endpoints=endpoints, by=by)
        self._ask(command, seconds=_SECONDS)

    def canary_promote(self, node: str, *, by: str) -> None:
        """Make a canary one of its pool again."""
        self._ask(rotation.canary_promote_command(node, by=by), seconds=_SECONDS)

    def canary_abort(self, node: str, *, reason: str, by: str) -> None:
        """End a canary: it is held."""
        command = rotation.canary_abort_command(node, reason=reason, by=by)
        self._ask(command, seconds=_SECONDS)

    def swap(self, dead: str, spare: str, *, by: str) -> None:
        """Put a spare in a node's place."""
        self._ask(rotation.swap_command(dead, spare, by=by), seconds=_SECONDS)

    def unswap(self, dead: str) -> None:
        """End a swap."""
        self._ask(rotation.unswap_command(dead), seconds=_SECONDS)

    def settle(self, node: str, *, seconds: int, hear: Callable[[int], None]) -> Settled:
        """What a drain came to; `hear` is told how many requests are under way meanwhile."""
        until, under_way, spent = time.monotonic() + seconds, None, 0.0
        while True:
            rest = max(0, math.ceil(until - time.monotonic()))
            said = self._wait(node, seconds=min(rest, SLICE_SECONDS))
            spent += said.seconds
            under_way = said.finished + said.left if under_way is None else under_way
            hear(said.left)
            if said.left == 0 or time.monotonic() >= until:
                return Settled(max(0, under_way - said.left), said.left, spent)

    def close(self) -> None:
        """Drop the connection."""
        if self._asked is not None:
            self._asked.close()
        self._asked = None

    def _wait(self, node: str, *, seconds: int) -> Settled:
        command = rotation.settle_command(node, seconds=seconds)
        said = self._ask(command, seconds=seconds + _GRACE, slots=self._waits)
        if said is None:
            return Settled(0, 0, 0.0)
        return self._understood(rotation.parse_settled, said)

    def _understood(self, parse: Callable[[str], T], said: str) -> T:
        try:
            return parse(said)
        except (ValueError, KeyError, TypeError) as wrong:
            what = f"{rotation.PROGRAM} printed what is not understood ({wrong!r})"
            raise BalancerError(f"{self.name}: {what}; deploy it again") from wrong

    def _ask(
        self, command: str, *, seconds: float, slots: BoundedSemaphore | None = None
    ) -> str | None:
        """What the program prints; None where it is not installed yet."""
        text = f"[ -e {rotation.PROGRAM} ] || exit {ABSENT}; {command}"
        try:
            with self._questions if slots is None else slots:
                answer = self._answer(text, seconds=seconds)
        except NoAnswerError as problem:
            told = f"{self.name}: {problem}; look at that host, then again"
            raise BalancerError(told, unsure=True) from None
        if answer.status == ABSENT:
            return None
        if answer.status != 0:
            raise BalancerError(
                f"{self.name}: {_reason(answer)}", refused=answer.status == rotation.REFUSED
            )
        return answer.stdout.decode()

    def _answer(self, command: str, *, seconds: float) -> Answer:
        """An answer; a command may be given twice, so a lost connection is made anew once."""
        kept = self._asked
        if kept is not None and kept.problem is None:
            try:
                return kept.run(command, seconds=seconds)
            except NoAnswerError:
                if kept.problem is None:  # it is slow, not lost
                    raise
        return self._opened().run(command, seconds=seconds)

    def _opened(self) -> Asked:
        """The connection, opened once by whoever comes first: the others take what came of it."""
        attempts = self._attempts
        with self._door:
            asked = self._asked
            if asked is None or (asked.problem is not None and self._attempts == attempts):
                self.close()
                asked = self._asked = self._session()
                asked.open()
                self._attempts += 1
            return asked


def _reason(answer: Answer) -> str:
    said = (answer.stderr or answer.stdout).decode(errors="replace").strip()
    if not said:
        return f"its program ended with status {answer.status}"
    return said.splitlines()[-1].removeprefix("infra-rotation: ")
