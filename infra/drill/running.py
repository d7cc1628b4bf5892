"""A drill under way, as the control host knows it: whoever takes it up finds what is done."""

import fcntl
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from infra import place
from infra.drill.record import Checks, Stage, TakenUp, with_stage
from infra.files import write_atomic

_BEFORE_THE_WIPE = ("", "drain")
_OPENING = "open"


class BusyError(Exception):
    """Another process on this machine is drilling the node."""


@dataclass
class Running:
    """How far a drill is; saved after every stage."""

    path: Path
    node: str
    started: float
    """Seconds since 1970, as all times here: a drill outlives its process."""
    by: str
    seen: float
    """When it was last saved."""
    stages: list[Stage] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    """Steps that need not be done again."""
    at: str = ""
    """The step it is at."""
    marks: dict[str, str] = field(default_factory=dict)
    """Where each balancer's logs stood when it began."""
    held_before: list[str] = field(default_factory=list)
    """Owners of holds that the node had before."""
    holders: list[str] = field(default_factory=list)
    """In whose names its hold was put."""
    hook: str = ""
    """The program at work, as hooks.end_left finds it."""
    taken_up: list[TakenUp] = field(default_factory=list)
    checks: Checks = field(default_factory=Checks)
    ended: float = 0.0
    """When its last step was done; 0 before. Its record may come later."""

    @property
    def seconds(self) -> float:
        """Wall time since it began, pauses included."""
        return (self.ended or time.time()) - self.started

    @property
    def is_whole(self) -> bool:
        """Whether nothing was wiped yet."""
        return self.at in _BEFORE_THE_WIPE

    @property
    def holds(self) -> bool:
        """Whether it keeps the node out: it took it out, and did not begin to let it in."""
        return not self.is_whole and self.at != _OPENING

    @property
    def own(self) -> tuple[str, ...]:
        """Who may have put its hold: any other drill's is somebody else's."""
        return (self.by, *self.holders)

    def holding(self, person: str) -> None:
        """Say in whose name its hold is about to be put."""
        self.holders = list(dict.fromkeys([*self.holders, person]))
        self.save()

    def begin(self, step: str) -> None:
        """Say at which step it is."""
        self.at = step
        self.save()

    def runs(self, hook: str) -> None:
        """Say which program is at work."""
        self.hook = hook
        self.save()

    def keep(self, stage: Stage) -> None:
        """Add a stage that has ended."""
        self.stages = with_stage(self.stages, stage)
        self.save()

    def finish(self, step: str) -> None:
        """Say that a step need not be done again."""
        self.done = [*self.done, step]
        self.save()

    def end(self) -> None:
        """Say that every step is done."""
        if not self.ended:
            self.ended = time.time()
            self.save()

    def save(self) -> None:
        """Write it down."""
        self.seen = time.time()
        content = {key: value for key, value in asdict(self).items() if key != "path"}
        write_atomic(self.path, json.dumps(content), mode=0o600)

    def forget(self) -> None:
        """It has ended."""
        self.path.unlink(missing_ok=True)


def begun(inventory: Path, *, node: str, by: str) -> Running:
    """A drill that begins now."""
    now = time.time()
    return Running(path=_path(inventory, node), node=node, started=now, by=by, seen=now)


def left(inventory: Path, *, node: str) -> Running | None:
    """The drill of a node that did not end; None when there is none, or it cannot be read."""
    path = _path(inventory, node)
    try:
        return _read(path, json.loads(path.read_text()))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def taken_up(running: Running) -> Running:
    """A drill that goes on now."""
    now = time.time()
    gap = TakenUp(at=now - running.started, stage=running.at, after=now - running.seen)
    running.taken_up = [*running.taken_up, gap]
    running.save()
    return running


@contextmanager
def alone(inventory: Path, *, node: str) -> Iterator[None]:
    """Nobody else on this machine drills the node inside; BusyError when somebody does."""
    path = _path(inventory, node).with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"{node}: another infra drill is at it on this machine") from None
        yield


def _path(inventory: Path, node: str) -> Path:
    return place.of(inventory) / "drilling" / f"{node}.json"


def _read(path: Path, said: Mapping[str, Any]) -> Running:
    return Running(
        **{
            **said,
            "path": path,
            "stages": [Stage(**one) for one in said["stages"]],
            "taken_up": [TakenUp(**one) for one in said["taken_up"]],
            "checks": Checks(**said["checks"]),
        }
    )
