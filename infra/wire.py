"""What passes over a node's connection, and what outlives a role on it: plain values."""

from collections.abc import Callable
from dataclasses import dataclass, field

import paramiko

from infra.questions import Question


@dataclass(frozen=True)
class Difference:
    """A file before and after; a secret file's old text is not read."""

    path: str
    old: str
    new: str
    secret: bool


@dataclass(frozen=True)
class Exchange:
    """One round trip: the command as it may be shown, its exit status, output and seconds."""

    command: str
    status: int
    stdout: tuple[str, ...] = ()
    stderr: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def lines(self) -> tuple[str, ...]:
        """What it said; errors last, where a reader looks for the reason."""
        return (*self.stdout, *self.stderr)


@dataclass(frozen=True)
class Answer:
    """What a command came to: its exit status and its output, byte for byte."""

    status: int
    stdout: bytes
    stderr: bytes


def exchange(command: str, answer: Answer, *, seconds: float) -> Exchange:
    """A round trip, from the command as it may be shown and its answer."""
    return Exchange(
        command=command,
        status=answer.status,
        stdout=_lines(answer.stdout),
        stderr=_lines(answer.stderr),
        seconds=seconds,
    )


def _lines(output: bytes) -> tuple[str, ...]:
    return tuple(output.decode(errors="replace").splitlines())


@dataclass
class Wire:
    """What outlives a role on one node's connection."""

    listen: Callable[[Exchange], None] = lambda exchange: None
    """Called after every round trip."""
    reboot_seconds: int = 900
    """How long a reboot may take."""
    before_reboot: Callable[[], None] = lambda: None
    """Called before a reboot is ordered."""
    after_reboot: Callable[[], None] = lambda: None
    """Called as soon as the host is reached after a reboot; what it raises ends the reboot."""
    may_reboot: bool = True
    """False with --no-reboot."""
    wants_differences: bool = False
    """Whether `write_file` should record old and new text."""
    client: paramiko.SSHClient | None = None
    round_trips: int = 0
    answers: dict[Question, tuple[str, ...]] = field(default_factory=dict)
    """Lines of standard output by question, while nothing changed."""
    asked: list[Question] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    last: Exchange | None = None
    problem: str | None = None
    rebooted: list[str] = field(default_factory=list)
