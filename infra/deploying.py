"""Who is deploying a node: one at a time, known on the node itself.

A keeper on the node holds a lock while it hears from us; when we are gone, the lock is free.
The kernel there and our own clock decide; what the node takes for the time does not matter.
"""

import contextlib
import secrets
import time

import gevent

from infra import keeper
from infra.advice import advice
from infra.dialogue import Dialogue
from infra.holder import Holder, held, me, parse
from infra.node_state import FOLDER
from infra.reboot import reached
from infra.stage import FAILURES
from infra.transport import Connector
from infra.wire import Exchange

__all__ = ["HeldError", "Holder", "Lease", "LeaseError", "me"]

SILENCE_SECONDS = 60
"""A holder that says nothing for that long has let go."""
_BEAT_SECONDS = 15.0
_SURE_SECONDS = 45.0
"""A lease whose last beat was answered that recently is ours still."""
_ANSWER_SECONDS = 20.0
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while this machine sleeps, as the node's patience does."""


class HeldError(Exception):
    """Somebody else is deploying the node; its sentence says who, since when, and what to do."""


class LeaseError(OSError):
    """A lease that was neither given nor refused; its sentence says why."""


class Lease:
    """The right to deploy one node, held over a channel of the node's own connection."""

    def __init__(
        self,
        connector: Connector,
        *,
        holder: Holder,
        folder: str = FOLDER,
        silence_seconds: int = SILENCE_SECONDS,
    ) -> None:
        """A lease that is not taken yet; `folder` is on the node."""
        self._connector, self._holder, self._folder = connector, holder, folder
        self._node, self._id = connector.host.name, secrets.token_hex(8)
        self._command = keeper.command(
            folder,
            lease=self._id,
            holder=holder.as_json(lease=self._id),
            silence_seconds=silence_seconds,
        )
        self._dialogue: Dialogue | None = None
        self._beats: gevent.Greenlet | None = None
        self._answered = 0.0

    def take(self) -> str | None:
        """Take it; a sentence about a holder that is gone, or of what could not be written.

        Where a holder boots the host anew, whether it comes back is awaited. HeldError when
        somebody is at it; LeaseError when the node gives no lease.
        """
        words = self._asked()
        deadline = time.monotonic() + self._connector.wire.reboot_seconds
        while "waits" in words and not words.keys() & {"taken", "held"}:
            reached(self._connector, deadline=deadline, lost=FAILURES)  # it went down under us
            words = self._asked()
        if "taken" in words:
            return keeper.remark(words, node=self._node, folder=self._folder)
        self._drop()
        if "held" in words:
            raise HeldError(held(parse(words["held"]), node=self._node))
        said = words.get("", "no answer")
        told = advice([said]) or f"{self._folder} gives no lease: {said}"
        raise LeaseError(f"{self._node}: {told}")

    def retake(self) -> None:
        """Take it again over a connection made anew; HeldError when somebody else has it now."""
        self._connector.wire.answers.clear()
        self.take()

    def keep(self) -> None:
        """Go on only while it is ours: no round trip, unless it was lost and is taken again.

        HeldError when somebody else has it now.
        """
        if not self._is_ours():
            self.retake()

    def release(self, *, record: str | None = None) -> str | None:
        """Let go, and leave a line of JSON about this deploy; the sentence says what failed.

        Nothing is left by who has not the lease any more.
        """
        if self._dialogue is None:
            return None
        words = self._said(self._dialogue, f"release\n{record or ''}", last="released")
        self._drop()
        if "released" in words and "unwritten" not in words:
            return None
        why = words.get("unwritten") or words.get("") or "the connection was lost"
        return f"{self._node}: this deploy could not be recorded in {self._folder}: {why}"

    def abandon(self) -> None:
        """Let go as by a kill: who comes next is told of this deploy, and what is still at work."""
        self._drop()

    def _asked(self) -> dict[str, str]:
        self._drop()
        started = _now()
        self._dialogue = self._connector.dialogue(self._command, first=repr(started))
        words = keeper.until(self._dialogue, {"taken", "held"}, seconds=_ANSWER_SECONDS)
        self._tell(f"(take the node for {self._holder.who})", words, started=started)
        if "taken" in words:
            self._answered = started
            self._beats = gevent.spawn(_beat, self._dialogue)
            self._connector.wire.before_reboot = self._announce
            self._connector.wire.after_reboot = self._come_back
        return words

    def _announce(self) -> None:
        """Others wait for us while the host boots anew."""
        if self._dialogue is not None:
            self._said(self._dialogue, "rebooting", last="noted")

    def _come_back(self) -> None:
        """At once: the node waits only so long; what else is wrong, `keep` finds and tells."""
        with contextlib.suppress(LeaseError):
            self.retake()

    def _said(self, dialogue: Dialogue, line: str, *, last: str) -> dict[str, str]:
        started, words = _now(), {}
        self._connector.wire.round_trips += 1
        try:
            dialogue.say(line, seconds=_ANSWER_SECONDS)
            words = keeper.until(dialogue, {last}, seconds=_ANSWER_SECONDS)
        except FAILURES as lost:
            words = {"": str(lost) or type(lost).__name__}
        self._tell(f"(tell the keeper: {line.partition(chr(10))[0]})", words, started=started)
        return words

    def _is_ours(self) -> bool:
        if self._dialogue is None or self._dialogue.over:
            return False
        for line in self._dialogue.heard():
            self._note(*keeper.read(line))
        if _now() - self._answered < _SURE_SECONDS:
            return True
        asked = _now()  # this process slept, or beats are not answered
        if "confirmed" not in self._said(self._dialogue, "confirm", last="confirmed"):
            return False
        self._answered = asked
        return True

    def _note(self, word: str, when: str) -> None:
        if word == "heard" and when:
            self._answered = max(self._answered, float(when))

    def _tell(self, command: str, words: dict[str, str], *, started: float) -> None:
        lines = tuple(f"{word} {rest}".strip() for word, rest in words.items() if word != "heard")
        made = Exchange(command=command, status=0, stdout=lines, seconds=_now() - started)
        self._connector.wire.listen(made)

    def _drop(self) -> None:
        if self._beats is not None:
            self._beats.kill(block=False)
        if self._dialogue is not None:
            self._dialogue.close()
        self._beats = self._dialogue = None


def _now() -> float:
    return time.clock_gettime(_CLOCK)


def _beat(dialogue: Dialogue) -> None:
    with contextlib.suppress(*FAILURES):
        while not dialogue.over:
            gevent.sleep(_BEAT_SECONDS)
            dialogue.say(repr(_now()), seconds=_BEAT_SECONDS)
