"""What people read of a status: a line a node, sentences below; and the same as JSON."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rich.console import RenderableType
from rich.text import Text

from infra import status_cells, status_checked, status_notes
from infra.hanging import Hanging
from infra.rotation import Rotated, Told, holds_of
from infra.site import Node
from infra.status import Cell, Look
from infra.status_cells import when
from infra.status_checked import Checked
from infra.status_layout import STYLE, Lines, Row
from infra.status_notes import SIGN, Note
from infra.wording import counted, simulated_hardware

_BEFORE = ("up", "driver", "GPUs", "lanes", "P2P", "serves")
_AFTER = ("in rotation", "checked", "drilled")


@dataclass(frozen=True)
class Screen:
    """A look at a whole site."""

    title: str
    rows: tuple[Row, ...]
    notes: tuple[Note, ...]
    last: str = ""
    """A sentence on simulated hardware; empty where there is none."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that any node has something for; those that only roles know between ours."""
        used = dict.fromkeys(column for row in self.rows for column in row.cells)
        others = [column for column in used if column not in (*_BEFORE, *_AFTER)]
        return tuple(column for column in (*_BEFORE, *others, *_AFTER) if column in used)

    def reworded(self, by: Callable[[str], str]) -> "Screen":
        """The screen with every text given through a function."""
        return Screen(
            title=by(self.title),
            rows=tuple(_row(row, by) for row in self.rows),
            notes=tuple(Note(by(note.node), by(note.text), note.word) for note in self.notes),
            last=by(self.last),
        )

    def lines(self) -> Iterator[RenderableType]:
        """What to print."""
        yield Text(self.title, "dim")
        yield Lines(self.columns, self.rows)
        if self.notes or self.last:
            yield ""
        for note in self.notes:
            yield Hanging(_sentence(note), first="")
        if self.last:
            yield Hanging(Text(self.last, "dim"), first="")


def screen(nodes: Sequence[Node], looks: Mapping[str, Look], *, name: str, now: datetime) -> Screen:
    """The Screen of what the nodes told."""
    seen = views(looks)
    shares = shares_of(looks)
    reached = sum(look.problem is None for look in looks.values())
    away = len(looks) - reached
    gone = f", {away} unreachable" if away else ""
    at = f"{now.astimezone():%Y-%m-%d %H:%M:%S}"
    return Screen(
        title=f"{name} · {counted(len(nodes), 'node')}{gone} · {at}",
        rows=tuple(_line(node, looks, seen.get(node.name, ()), shares, now=now) for node in nodes),
        notes=tuple(
            note for node in nodes for note in _notes(node, looks, seen.get(node.name, ()), now=now)
        ),
        last=simulated_hardware(nodes) or "",
    )


def views(looks: Mapping[str, Look]) -> dict[str, tuple[Rotated, ...]]:
    """What the balancers that answered say of each node."""
    said = [one.nodes for one in told(looks)]
    names = dict.fromkeys(name for nodes in said for name in nodes)
    return {name: tuple(nodes[name] for nodes in said if name in nodes) for name in names}


def told(looks: Mapping[str, Look]) -> tuple[Told, ...]:
    """What each balancer that answered says."""
    return tuple(look.rotation for look in looks.values() if look.rotation is not None)


def shares_of(looks: Mapping[str, Look]) -> dict[str, float]:
    """Each node's part of the requests that the balancers sent to nodes lately; empty: none."""
    counts: dict[str, int] = {}
    for look in looks.values():
        for node, number in look.shown.requests.items():
            counts[node] = counts.get(node, 0) + number
    whole = sum(counts.values())
    return {node: number / whole for node, number in counts.items()} if whole else {}


def _line(
    node: Node,
    looks: Mapping[str, Look],
    said: Sequence[Rotated],
    shares: Mapping[str, float],
    *,
    now: datetime,
) -> Row:
    look, share = looks[node.name], shares.get(node.name, 0.0) if shares else None
    instead = _instead(node.name, told(looks))
    found = {
        "up": status_cells.up(look),
        "in rotation": status_cells.rotation(said, spare=node.spare, share=share, instead=instead),
        "checked": status_cells.checked(_checked(node, look, now=now), now=now),
        "drilled": status_cells.drilled(look.records.get("last_drill"), now=now),
    }
    cells = {name: cell for name, cell in found.items() if cell is not None}
    away = f"unreachable since {when(look.since, now=now)}" if look.problem is not None else None
    return Row(
        node=node.name,
        cells={**cells, **look.shown.cells},
        remark=None if away is None else Cell(away, "bad"),
    )


def _notes(
    node: Node, looks: Mapping[str, Look], said: Sequence[Rotated], *, now: datetime
) -> Iterator[Note]:
    look = looks[node.name]
    yield from status_notes.notes(
        look,
        holds=holds_of(said),
        serves=bool(said),
        checked=_checked(node, look, now=now),
        now=now,
    )
    yield from status_notes.of_canary(node.name, told(looks), now=now)


def _checked(node: Node, look: Look, *, now: datetime) -> Checked | None:
    return status_checked.of(look, waivers=node.waivers, today=now.astimezone().date())


def _instead(node: str, said: Sequence[Told]) -> str:
    """What a node is in place of a plain member: a canary, or a spare that has taken a place."""
    for one in said:
        for canary in one.canaries.values():
            if canary.node == node:
                return "canary"
        for dead, swap in one.swaps.items():
            if swap.spare == node:
                return f"for {dead}"
    return ""


def _sentence(note: Note) -> Text:
    plain, bold = "not bold default", "bold default"
    sign = Text(SIGN[note.word], STYLE[note.word]).append(" ", plain)
    return sign.append(note.node, bold).append(f": {note.text}", plain)


def _row(row: Row, by: Callable[[str], str]) -> Row:
    cells = {name: replace(cell, text=by(cell.text)) for name, cell in row.cells.items()}
    remark = None if row.remark is None else replace(row.remark, text=by(row.remark.text))
    return Row(by(row.node), cells, remark)
