"""A drill at work: its steps in order, each timed, each done once whoever takes it up."""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from infra.balancers import BalancerError, Balancers
from infra.drill.pinned import KeyTextError
from infra.drill.plan import Driver, Plan
from infra.drill.record import Failure, Stage
from infra.drill.running import Running
from infra.holder import Holder
from infra.hooks import HookError
from infra.ledger import Ledger
from infra.masked import masked
from infra.progress import told
from infra.secrets import SecretError
from infra.session import NoAnswerError, Session
from infra.site import Node, Site
from infra.wire import Exchange

OWNER = "drill"
"""Whose hold keeps the node out from its drain to its end."""


class StageError(Exception):
    """Why a stage did not come to its end."""


_PROBLEMS = (
    StageError,
    HookError,
    KeyTextError,
    BalancerError,
    SecretError,
    NoAnswerError,
    OSError,
)


@dataclass(frozen=True)
class Drill:
    """A node, what it is drilled with, and how far that is."""

    site: Site
    node: Node
    plan: Plan
    driver: Driver
    running: Running
    balancers: Balancers
    ledger: Ledger
    out: Console
    holder: Holder
    drain_seconds: int
    keep: int = 1
    """How many other nodes of each of its pools stay in when it leaves."""
    verbose: bool = False

    @property
    def inventory(self) -> Path:
        """The inventory's file."""
        return self.site.file

    def session(self, node: Node) -> Session:
        """A connection to a node that is not open yet; what is said over it is logged."""
        return Session(node, listen=lambda exchange: self.listen(node.name, exchange))

    def listen(self, node: str, exchange: Exchange) -> None:
        """Log a round trip."""
        for line in told(node, exchange):
            self.hear(line)

    def hear(self, line: str) -> None:
        """Log a line, which a person sees who asked for all; secrets are masked."""
        self.ledger.log(line)
        if self.verbose:
            self.out.print(masked(line), markup=False)

    def say(self, text: str) -> None:
        """Tell a person what happens, where nothing moves on a screen."""
        self.ledger.log(text)
        if not self.out.is_terminal:
            self.out.print(f"{time.strftime('%H:%M:%S')}  {text}", markup=False)


@dataclass(frozen=True)
class Step:
    """A step: its name, what it does, and whether it is a stage of its own in the record."""

    name: str
    work: Callable[[Drill], str]
    """Gives a note for the record; StageError says what went wrong."""
    again: bool = False
    """Whether it is done even by who takes the drill up after it."""
    timed: bool = True


def went(drill: Drill, steps: Sequence[Step]) -> Failure | None:
    """What stopped a drill on its way through these steps; None when nothing did."""
    over = steps[-1].name in drill.running.done
    for step in steps:
        if step.name in drill.running.done and (over or not step.again):
            continue
        failure = _step(drill, step)
        if failure is not None:
            return failure
    drill.running.end()
    return None


def _step(drill: Drill, step: Step) -> Failure | None:
    running, clock = drill.running, time.monotonic()
    first = step.name not in running.done
    if first:
        running.begin(step.name)
    drill.say(f"{drill.node.name}  {step.name} …")
    started = running.seconds

    def keep(note: str) -> float:
        seconds = time.monotonic() - clock
        if step.timed:
            running.keep(Stage(step.name, started, seconds, note=note))
        return seconds

    try:
        with drill.out.status(f"{drill.node.name}: {step.name} …") if step.timed else nullcontext():
            note = step.work(drill)
    except _PROBLEMS as problem:
        keep("failed")
        return Failure(step.name, str(problem))
    seconds = keep(note)
    if first:
        running.finish(step.name)
    drill.say(f"{drill.node.name}  {step.name}: {seconds:.1f} s  {note}".rstrip())
    return None
