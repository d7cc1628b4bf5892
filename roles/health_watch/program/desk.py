"""The desk: everything that is watched, who may be in, and what the watch itself cannot do."""

import asyncio
import sys
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field

from roles.health_watch.program.deciding import GATE
from roles.health_watch.program.files import ADMITTED, admitted_text, write_whole
from roles.health_watch.program.rotation import PROGRAM
from roles.health_watch.program.standing import PROVEN, STAYS, Right, right
from roles.health_watch.program.watching import Watched

_AT_ONCE = 4


@dataclass
class Desk:
    """What is watched by node, and the boot with which each was let in last."""

    watched: Mapping[str, Watched]
    admitted: dict[str, str]
    troubles: dict[str, str] = field(default_factory=dict)
    """Sentences about what the watch cannot do, by what it is."""
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)
    kept_at: str = ADMITTED
    """Where the boots are kept."""
    gated: frozenset[str] = frozenset()
    """Nodes whose gate a watch holds."""
    program: str = PROGRAM
    """Rotation's program."""
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    """It does one thing after the other; of those that wait for it each takes memory."""

    def right_of(self, node: str, holds: Mapping[str, str]) -> Right | None:
        """Whether a node may be in; None while it has not said so since its engine answered."""
        one = self.watched[node]
        if one.member.standing is None:
            # what a watch held when it still asked for proofs is nobody else's to lift
            return Right(PROVEN if node in self.gated else STAYS)
        healthy = one.seen.healthy_since
        if healthy is None or one.standing_at < healthy:
            return None
        return right(
            one.standing,
            admitted=self.admitted.get(node, ""),
            held=GATE in holds,
            was_away=one.was_away,
        )

    def admit(self, node: str, boot: str) -> None:
        """The boot with which a node may be in is kept; an empty one forgets it."""
        if self.admitted.get(node, "") == boot:
            return
        self.admitted[node] = boot
        self.keep()

    def keep(self) -> None:
        """The boots are on disk; what keeps them from it is a trouble until they are."""
        try:
            write_whole(self.kept_at, admitted_text({k: v for k, v in self.admitted.items() if v}))
            self.trouble("admitted", "")
        except OSError as problem:
            self.trouble("admitted", f"{self.kept_at} is not written: {problem}")

    def trouble(self, what: str, sentence: str) -> None:
        """A sentence about what cannot be done, told once; an empty one when it can again."""
        if sentence and self.troubles.get(what) != sentence:
            say(sentence)
        if sentence:
            self.troubles[what] = sentence
        else:
            self.troubles.pop(what, None)

    def begin(self, work: Coroutine[object, object, None]) -> None:
        """Work that goes on beside."""
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


def say(sentence: str) -> None:
    """A line in the journal."""
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()
