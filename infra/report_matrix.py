"""A table of nodes and roles that fits the width it is given: more tables rather than cut ones."""

from collections.abc import Iterator, Sequence

from rich.console import Console, ConsoleOptions
from rich.table import Table
from rich.text import Text

from infra.verdict import Verdict, count

SIGN = {"passed": "✓", "failed": "✗", "unproven": "?", "unreachable": "?", "waived": "~"}
STYLE = {
    "passed": "green",
    "failed": "bold red",
    "unproven": "yellow",
    "unreachable": "bold yellow",
    "waived": "cyan",
}

_GAP = 2


class Matrix:
    """Rows are nodes, columns roles; a cell counts the worst that was found there."""

    def __init__(self, verdicts: Sequence[Verdict]) -> None:
        """A matrix of these verdicts, in their order."""
        self.cells: dict[tuple[str, str], list[Verdict]] = {}
        for verdict in verdicts:
            self.cells.setdefault((verdict.node, verdict.role), []).append(verdict)
        self.nodes = list(dict.fromkeys(verdict.node for verdict in verdicts))
        self.roles = list(dict.fromkeys(verdict.role for verdict in verdicts))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        """As many tables as the width asks for."""
        first = max(map(len, [*self.nodes, "node"])) + 2 * _GAP
        for roles in _lines(self.roles, width=options.max_width - first):
            yield self._table(roles)

    def _table(self, roles: Sequence[str]) -> Table:
        table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="dim")
        heads = heads_of(["node", *(role.replace("_", "\n") for role in roles)])
        table.add_column("", width=0)
        table.add_column(heads[0], no_wrap=True)
        for head in heads[1:]:
            table.add_column(head, justify="right", no_wrap=True)
        for node in self.nodes:
            cells = [_cell(self.cells.get((node, role), ())) for role in roles]
            table.add_row("", node, *cells)
        return table


def heads_of(names: Sequence[str]) -> list[str]:
    """Column heads of one height, each standing on its column."""
    height = max(name.count("\n") for name in names)
    return ["\n" * (height - name.count("\n")) + name for name in names]


def _column(role: str) -> int:
    return max(5, *map(len, role.split("_"))) + _GAP


def _lines(roles: Sequence[str], *, width: int) -> list[list[str]]:
    lines: list[list[str]] = [[]]
    for role in roles:
        if lines[-1] and sum(map(_column, [*lines[-1], role])) > width:
            lines.append([])
        lines[-1].append(role)
    return lines


def _cell(verdicts: Sequence[Verdict]) -> Text:
    for word in ("failed", "unproven", "waived", "passed"):
        number = count(verdicts, word)
        if number:
            return Text(f"{SIGN[word]} {number}", STYLE[word])
    return Text("–", "dim")
