"""Progress while a deploy runs: a live line a node on a terminal; all of it in the log."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from infra.masked import masked
from infra.outcome import NodeOutcome, RoleOutcome
from infra.progress_plain import Plain
from infra.site import Node
from infra.wire import Exchange

Log = Callable[[str], None]

_BAR = 13
"""Columns of a bar, and of the word that stands there at the end."""
_WIDE, _NARROW = 44, 30
"""Columns that roles and operations need: with groups beside them, with bars beside them."""


@dataclass
class _Line:
    group: str
    roles: tuple[str, ...]
    role: str = ""
    operation: str = "connecting"
    at: int = 0
    of: int = 1
    since: float = field(default_factory=time.monotonic)
    started: float = field(default_factory=time.monotonic)
    outcome: NodeOutcome | None = None

    @property
    def done(self) -> float:
        """Share of the node's roles that is done, 0 to 1."""
        before = self.roles.index(self.role) if self.role in self.roles else 0
        return (before + self.at / max(self.of, 1)) / max(len(self.roles), 1)


class Lines:
    """A line a node, redrawn in place."""

    def __init__(
        self, console: Console, nodes: Sequence[Node], *, title: str, roles: Sequence[str]
    ) -> None:
        """Lines for these nodes; `roles` limits what counts as done."""
        self.console, self.title, self.started = console, title, time.monotonic()
        self.lines = {
            node.name: _Line(
                group=node.group,
                roles=tuple(role for role in node.settings if not roles or role in roles),
            )
            for node in nodes
        }
        self.live = self._drawing()

    def _drawing(self) -> Live:
        return Live(
            console=self.console, get_renderable=self.table, refresh_per_second=6, transient=True
        )

    def __enter__(self) -> "Lines":
        """Begin to draw."""
        self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Clear the lines: the summary follows."""
        self.live.stop()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing is drawn inside: somebody is asked something."""
        self.live.stop()
        try:
            yield
        finally:
            self.live = self._drawing()  # a new one: the old one would wipe what stands there now
            self.live.start()

    def operation(self, node: str, role: str, operation: str, *, at: int, of: int) -> None:
        """Show what a node does now."""
        line = self.lines[node]
        line.role, line.operation, line.at, line.of = role, operation, at, of
        line.since = time.monotonic()

    def note(self, node: str, text: str) -> None:
        """What happens to the pool stays on the screen, above the lines."""
        self.console.print(Text(f"  {node}  {text}", "dim"))
        if node in self.lines:
            self.lines[node].operation, self.lines[node].since = text, time.monotonic()

    def role(self, node: str, outcome: RoleOutcome) -> None:
        """A role's end shows in the bar."""

    def node(self, outcome: NodeOutcome) -> None:
        """Show how a node ended."""
        self.lines[outcome.node].outcome = outcome

    def exchange(self, node: str, exchange: Exchange) -> None:
        """Round trips go to the log alone."""

    def table(self) -> Group:
        """The lines as they are now."""
        elapsed = time.monotonic() - self.started
        room = self._room()
        done = sum(line.outcome is not None for line in self.lines.values())
        head = f"{self.title} · {len(self.lines) - done} at work, {done} done"
        whole = Table.grid(expand=True)
        whole.add_row(Text(head, style="bold"), Text(_clock(elapsed), justify="right"))
        grid = Table.grid(padding=(0, 2), expand=True)
        for name, line in self.lines.items():
            grid.add_row(*_cells(name, line, room=room))
        for column in grid.columns:
            column.no_wrap, column.overflow = True, "ellipsis"
        grid.columns[-2].ratio, grid.columns[-1].justify = 1, "right"
        return Group(whole, grid)

    def _room(self) -> int:
        """Columns that are left beside the nodes' names, their groups, the bars and the time."""
        names = max(map(len, self.lines), default=0)
        groups = max((len(line.group) for line in self.lines.values()), default=0)
        return self.console.width - sum((2 + names, 2 + groups, 2 + _BAR, 2 + 5))


def _cells(name: str, line: _Line, *, room: int) -> list[RenderableType]:
    """A line's cells; the group goes first when there is little room, then the bar."""
    with_group = room >= _WIDE
    with_bar = with_group or room + len(line.group) + 2 >= _NARROW
    return [
        Text(f"  {name}"),
        *([Text(line.group)] if with_group else []),
        *_at(line, with_bar=with_bar),
    ]


def _at(line: _Line, *, with_bar: bool) -> tuple[RenderableType, ...]:
    """How far a line is, what is done there, and for how long."""
    ended = line.outcome
    if ended is None:
        bar = ProgressBar(total=1.0, completed=line.done, width=_BAR)
        now = (Text(f"{line.role}  {line.operation}".strip()),)
        return *((bar,) if with_bar else ()), *now, Text(_whole(time.monotonic() - line.since))
    word = Text("✓ done", "green") if ended.status == "ok" else Text(f"✗ {ended.status}", "red")
    counts = Text(f"{ended.changed} changed, {ended.unchanged} as promised")
    said = (word, counts) if with_bar else (word.append("  ").append_text(counts),)
    return *said, Text(_whole(ended.seconds))


def _whole(seconds: float) -> str:
    return f"{seconds:.0f} s"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


class Recorded:
    """Passes events on, and writes them all into the run's log (and to `echo` with -v)."""

    def __init__(self, shown: Lines | Plain, *, log: Log, echo: Log | None = None) -> None:
        """`shown` is what the operator sees."""
        self.shown, self.log, self.echo = shown, log, echo

    def _both(self, line: str) -> None:
        self.log(line)
        if self.echo is not None:
            self.echo(masked(line))

    def operation(self, node: str, role: str, operation: str, *, at: int, of: int) -> None:
        """Log the operation's name."""
        self._both(f"{node} {role} · {operation}")
        self.shown.operation(node, role, operation, at=at, of=of)

    def note(self, node: str, text: str) -> None:
        """Log what happens to the pool."""
        self.log(f"{node} {text}")
        self.shown.note(node, text)

    def role(self, node: str, outcome: RoleOutcome) -> None:
        """Log the role's counts."""
        self.log(f"{node} {outcome.role}: {outcome.changed} changed, {outcome.unchanged} not")
        self.shown.role(node, outcome)

    def node(self, outcome: NodeOutcome) -> None:
        """Log how the node ended."""
        self.log(f"{outcome.node} {outcome.status} {outcome.error or ''}")
        self.shown.node(outcome)

    def exchange(self, node: str, exchange: Exchange) -> None:
        """Log the command, its status and its output."""
        for line in told(node, exchange):
            self._both(line)


def told(node: str, exchange: Exchange) -> list[str]:
    """A round trip as the lines of a log: the command with its status, then its output.

    They may be shown: secrets are masked.
    """
    head = f"{node} $ {exchange.command}  [{exchange.status}, {exchange.seconds:.2f} s]"
    return [str(masked(line)) for line in (head, *(f"{node} | {one}" for one in exchange.lines))]
