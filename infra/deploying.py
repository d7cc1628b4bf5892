"""Who is deploying a node: one at a time, known on the node itself.

A keeper on the node holds a lock while it hears from us; when we are gone, the lock is free.
The kernel there and our own clock decide; what the node takes for the time does not matter.
"""

import contextlib
import secrets
import shlex
import time
from pathlib import Path

import gevent
from paramiko import SSHException

from infra.dialogue import Dialogue
from infra.holder import Holder, gone, held, me, parse
from infra.node_state import FOLDER
from infra.transport import Connector
from infra.wire import Exchange

__all__ = ["HeldError", "Holder", "Lease", "LeaseError", "me"]

SILENCE_SECONDS = 60
"""A holder that says nothing for that long has let go."""
_BEAT_SECONDS = 15.0
_SURE_SECONDS = 45.0
"""A lease whose last beat was answered that recently is ours still."""
_ANSWER_SECONDS = 30.0
_WORD = "infra-lease: "
_KEEPER = Path(__file__).with_name("keeper.sh")
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while this machine sleeps, as the node's patience does."""
_LOST = (SSHException, OSError, EOFError)


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
        self._connector, self._holder = connector, holder
        self._folder, self._silence = folder, silence_seconds
        self._id = secrets.token_hex(8)
        self._dialogue: Dialogue | None = None
        self._beats: gevent.Greenlet | None = None
        self._answered = 0.0

    def take(self) -> str | None:
        """Take it; a sentence about a holder that is gone, or of what could not be written.

        HeldError when somebody is at it; LeaseError when the node gives no lease.
        """
        started, node = _now(), self._connector.host.name
        self._drop()
        self._dialogue = self._connector.dialogue(self._command(), first=repr(started))
        words, said = self._until("taken", "held")
        self._tell(f"(take the node for {self._holder.who})", words, started=started)
        if "held" in words:
            self._drop()
            raise HeldError(held(parse(words["held"]), node=node))
        if "taken" not in words:
            self._drop()
            raise LeaseError(f"{node}: {self._folder} gives no lease: {said or 'no answer'}")
        self._answered = started
        self._beats = gevent.spawn(_beat, self._dialogue)
        return _remark(words, node=node, folder=self._folder)

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
        node, started = self._connector.host.name, _now()
        if self._dialogue is None:
            return None
        try:
            self._connector.wire.round_trips += 1
            self._dialogue.say(f"release\n{record or ''}", seconds=_ANSWER_SECONDS)
            words, _ = self._until("released")
        except _LOST as lost:
            words = {"lost": str(lost) or type(lost).__name__}
        finally:
            self._drop()
        self._tell("(let the node go)", words, started=started)
        if "released" in words and "unwritten" not in words:
            return None
        why = words.get("unwritten") or words.get("lost") or "the connection was lost"
        return f"{node}: this deploy could not be recorded in {self._folder}: {why}"

    def _command(self) -> str:
        given = (self._folder, self._id, self._holder.as_json(lease=self._id), str(self._silence))
        words = " ".join(map(shlex.quote, (_KEEPER.read_text(), "infra-lease", *given)))
        return f"exec bash -c {words}"

    def _until(self, *last: str) -> tuple[dict[str, str], str]:
        """What the keeper says, by its first word, up to one of these; and what else was said."""
        words: dict[str, str] = {}
        said = ""
        while self._dialogue is not None and not words.keys() & set(last):
            line = self._dialogue.hear(seconds=_ANSWER_SECONDS)
            if line is None:
                break
            if line.startswith(_WORD):
                word, _, rest = line.removeprefix(_WORD).partition(" ")
                words[word] = rest
            else:
                said = line or said
        return words, said

    def _is_ours(self) -> bool:
        if self._dialogue is None or self._dialogue.over:
            return False
        for line in self._dialogue.heard():
            self._note(line)
        return _now() - self._answered < _SURE_SECONDS or self._answers(self._dialogue)

    def _answers(self, dialogue: Dialogue) -> bool:
        """Whether the keeper is there: asked when this process slept, or beats are not answered."""
        asked = _now()
        with contextlib.suppress(*_LOST):
            dialogue.say(repr(asked), seconds=_ANSWER_SECONDS)
            while self._answered < asked:
                line = dialogue.hear(seconds=_ANSWER_SECONDS)
                if line is None:
                    break
                self._note(line)
        return self._answered >= asked

    def _note(self, line: str) -> None:
        word, _, when = line.removeprefix(_WORD).partition(" ")
        if word == "heard" and when:
            self._answered = max(self._answered, float(when))

    def _tell(self, command: str, words: dict[str, str], *, started: float) -> None:
        lines = tuple(f"{word} {rest}".rstrip() for word, rest in words.items())
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
    with contextlib.suppress(*_LOST):
        while not dialogue.over:
            gevent.sleep(_BEAT_SECONDS)
            dialogue.say(repr(_now()), seconds=_BEAT_SECONDS)


def _remark(words: dict[str, str], *, node: str, folder: str) -> str | None:
    found = []
    if "was" in words:
        found.append(gone(parse(words["was"]), node=node, busy=words.get("busy", "")))
    if "unwritten" in words:
        why = words["unwritten"]
        found.append(f"{node}: {folder} cannot be written to ({why}); free space there")
    return "; ".join(found) or None
