"""Progress where there is no terminal: a line a role and a node, and one where it takes long."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import gevent

from infra.outcome import NodeOutcome, RoleOutcome
from infra.site import Node
from infra.wire import Exchange
from infra.wording import duration

_REMIND_SECONDS = 60.0
"""Whoever reads along is told so often what takes so long."""


@dataclass
class _AtWork:
    what: str = "yet to begin"
    since: float = field(default_factory=time.monotonic)
    told: float = field(default_factory=time.monotonic)


class Plain:
    """A line a role and a node, with the time of day; what takes long says so every minute."""

    def __init__(self, say: Callable[[str], None], nodes: Sequence[Node] = ()) -> None:
        """Say each line through `say`."""
        self.say = say
        self._at = {node.name: _AtWork() for node in nodes}

    def __enter__(self) -> "Plain":
        """Begin to watch the time."""
        self._reminding = gevent.spawn(self._remind)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching."""
        self._reminding.kill()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """There is nothing to pause."""
        yield

    def operation(self, node: str, role: str, operation: str, *, at: int, of: int) -> None:
        """Operations go to the log alone, unless they take long."""
        self._begin(node, f"{role}: {operation}")

    def note(self, node: str, text: str) -> None:
        """Say what happens to the pool."""
        self._line(f"{node}  {text}")
        self._begin(node, text)

    def role(self, node: str, outcome: RoleOutcome) -> None:
        """Say what a role came to."""
        counts = f"{outcome.changed} changed, {outcome.unchanged} as promised"
        word = "failed" if outcome.error is not None else counts
        self._line(f"{node}  {outcome.role}: {word} in {outcome.seconds:.1f} s")
        self._begin(node, f"what follows {outcome.role}")

    def node(self, outcome: NodeOutcome) -> None:
        """Say how a node ended."""
        self._line(f"{outcome.node}  {outcome.status} in {outcome.seconds:.1f} s")
        self._at.pop(outcome.node, None)

    def exchange(self, node: str, exchange: Exchange) -> None:
        """Round trips go to the log alone."""

    def _begin(self, node: str, what: str) -> None:
        if node in self._at:
            self._at[node] = _AtWork(what)

    def _remind(self) -> None:
        while True:
            gevent.sleep(_REMIND_SECONDS / 10)
            for node, work in list(self._at.items()):
                now = time.monotonic()
                if now - work.told >= _REMIND_SECONDS:
                    work.told = now
                    self._line(f"{node}  {work.what}, for {duration(now - work.since)} now")

    def _line(self, text: str) -> None:
        self.say(f"{datetime.now():%H:%M:%S}  {text}")
