"""Lines of a status that fit the width they are given: more blocks of columns, none cut."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.text import Text

from infra.status import Cell, Word

_GAP = 2
STYLE: dict[Word, str] = {"good": "green", "bad": "bold red", "unknown": "yellow", "plain": ""}


@dataclass(frozen=True)
class Row:
    """A node's line; its remark stands where it has no cells."""

    node: str
    cells: Mapping[str, Cell] = field(default_factory=dict)
    remark: Cell | None = None


@dataclass(frozen=True)
class Lines:
    """Rows under their columns."""

    columns: Sequence[str]
    rows: Sequence[Row]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Blocks of lines, each with the nodes' names first."""
        widths = {column: self._width(column) for column in self.columns}
        first = max([cell_len("node"), *(cell_len(row.node) for row in self.rows)])
        remarks = True
        for number, columns in enumerate(_blocks(widths, width=options.max_width - first)):
            if number:
                yield Text("")
            yield _head(columns, widths, first=first)
            for row in self.rows:
                yield _line(row, columns, widths, first=first, with_remark=remarks)
            remarks = False

    def _width(self, column: str) -> int:
        cells = (row.cells.get(column) for row in self.rows)
        return max([cell_len(column), *(cell_len(cell.text) for cell in cells if cell)])


def _blocks(widths: Mapping[str, int], *, width: int) -> list[list[str]]:
    """The fewest blocks that fit, of about the same width: no column is left over alone."""
    fewest = len(_filled(widths, width=width))
    narrower = (_filled(widths, width=less) for less in range(_GAP, width))
    return next((one for one in narrower if len(one) <= fewest), _filled(widths, width=width))


def _filled(widths: Mapping[str, int], *, width: int) -> list[list[str]]:
    blocks: list[list[str]] = [[]]
    left = width
    for column, needed in widths.items():
        if blocks[-1] and needed + _GAP > left:
            blocks.append([])
            left = width
        blocks[-1].append(column)
        left -= needed + _GAP
    return blocks


def _head(columns: Sequence[str], widths: Mapping[str, int], *, first: int) -> Text:
    names = [_padded("node", first), *(_padded(name, widths[name]) for name in columns)]
    return Text((" " * _GAP).join(names).rstrip(), "dim")


def _line(
    row: Row,
    columns: Sequence[str],
    widths: Mapping[str, int],
    *,
    first: int,
    with_remark: bool,
) -> Text:
    line, at = Text(_padded(row.node, first)), first
    remark = row.remark if with_remark else None
    for column in columns:
        cell = row.cells.get(column)
        if cell is None and remark is not None:
            cell, remark = remark, None
        if cell is not None and cell.text:
            line.append(" " * max(_GAP, at + _GAP - line.cell_len))
            line.append(cell.text, STYLE[cell.word])
        at += _GAP + widths[column]
    if remark is not None:
        line.append(" " * _GAP).append(remark.text, STYLE[remark.word])
    line.rstrip()
    return line


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))
