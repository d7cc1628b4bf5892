"""The table that `nvidia-smi topo` prints: a row and a column for each GPU, NICs beside them."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from roles.pcie_topology.explain.judgement import Finding

CELL = re.compile(r"X|NV\d{1,3}|PIX|PXB|PHB|NODE|SYS|SOC|OK|CNS|GNS|TNS|NS|DR|U")
"""What a cell may hold: a path of `topo -m` or a status of `topo -p2p`."""

_GPU = re.compile(r"GPU\d{1,3}")
_OF_GPUS = re.compile(r"NV\d{1,3}|OK|CNS|GNS|TNS|NS|DR|U")
"""Cells that stand only between two GPUs, never between a GPU and a NIC."""
_END = re.compile(r"(NIC )?Legend\b")


@dataclass(frozen=True)
class Matrix:
    """A table as it was found, which may be cut."""

    gpus: tuple[str, ...]
    """Every GPU that a head or a row names."""
    head: tuple[str, ...]
    """The GPUs that the head names; empty when the head is not there."""
    rows: Mapping[str, tuple[str, ...]]
    """A GPU's cells, in the order of its columns."""
    tails: Mapping[str, tuple[str, ...]]
    """What follows a GPU's cells: CPU affinity, NUMA affinity, the GPU's own NUMA node."""
    beyond: frozenset[str]
    """GPUs whose rows hold cells of more GPUs than the head names."""
    affinity: bool
    """Whether the head has columns for affinity, as only `topo -m` and `-mp` have."""

    def cell(self, row: str, column: str) -> str:
        """What stands there; empty when it is not shown."""
        columns = self.head or self.gpus
        cells = self.rows.get(row, ())
        at = columns.index(column) if column in columns else len(cells)
        return cells[at] if at < len(cells) else ""

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every two GPUs, once."""
        return combinations(self.gpus, 2)


def read(text: str) -> Matrix | None:
    """The first table of a text; None when there is none."""
    head, rows = _lines(text)
    labelled = {row[0]: tuple(row[1:]) for row in reversed(rows)}
    if not any("X" in cells for cells in labelled.values()):
        return None
    labelled = dict(sorted(labelled.items(), key=lambda item: int(item[0][3:])))
    named = tuple(token for token in head if _GPU.fullmatch(token))
    gpus = tuple(dict.fromkeys((*named, *labelled)))
    wide = head.index("CPU") if "CPU" in head else len(head)
    columns = wide or len(gpus)
    return Matrix(
        gpus=gpus,
        head=named,
        rows={name: cells[: len(named or gpus)] for name, cells in labelled.items()},
        tails={name: cells[columns:] for name, cells in labelled.items()},
        beyond=frozenset(
            name for name, cells in labelled.items() if any(map(_is_of_gpus, cells[len(named) :]))
        ),
        affinity="CPU" in head,
    )


def damage(matrix: Matrix) -> tuple[Finding, ...]:
    """What of a table is missing or contradicts itself: each is a reason to trust no verdict."""
    found = [Finding("error", name, message, _AGAIN) for name, message in _missing(matrix)]
    for one, other in matrix.pairs():
        there, back = matrix.cell(one, other), matrix.cell(other, one)
        if there and back and there != back:
            message = f"the table says {there} one way and {back} the other way"
            found.append(Finding("error", f"{one}-{other}", message, _AGAIN))
    return tuple(found)


def lacks_rows_alone(matrix: Matrix) -> bool:
    """Whether nothing is wrong but that rows are missing, and no more than half of them."""
    gone = len(matrix.gpus) - len(matrix.rows)
    return len(damage(matrix)) == 1 and 0 < gone <= len(matrix.rows)


_AGAIN = "Take the output again, whole; if it is whole, a GPU is missing: see dmesg for Xid 79."


def _missing(matrix: Matrix) -> Iterator[tuple[str, str]]:
    if not matrix.head:
        yield "matrix", "the head that names the columns is missing"
    for name, number in Counter(matrix.head).items():
        if number > 1:
            yield name, f"the head names it {number} times"
    gone = [name for name in matrix.gpus if name not in matrix.rows]
    if gone:
        shown = f"{len(matrix.rows)} of {len(matrix.gpus)} GPUs are shown"
        if len(gone) == 1:
            yield gone[0], f"its row is missing: {shown}"
        else:
            yield f"{gone[0]} … {gone[-1]}", f"their rows are missing: {shown}"
    for name in matrix.rows:
        yield from ((name, message) for message in _torn(matrix, name))


def _torn(matrix: Matrix, name: str) -> Iterator[str]:
    """What is wrong with a GPU's row."""
    cells = matrix.rows[name]
    if matrix.head and name not in matrix.head:
        yield f"the head names {len(matrix.head)} GPUs, and not this one"
    if matrix.head and name in matrix.beyond:
        yield "its row tells of more GPUs than the head names"
    if len(cells) < len(matrix.head or matrix.gpus):
        yield "its row is cut"
    unknown = [cell for cell in cells if not CELL.fullmatch(cell)]
    if unknown:
        yield f"its row holds {unknown[0]!r}, which says nothing"
    own = matrix.cell(name, name)
    if own and own != "X":
        yield f"its own cell holds {own}, not X"


def _lines(text: str) -> tuple[list[str], list[list[str]]]:
    """Tokens of the head and of each GPU's row; what was wrapped is joined."""
    head: list[str] = []
    rows: list[list[str]] = []
    current: list[str] | None = None
    for line in text.splitlines():
        tokens = line.split()
        if not tokens or _END.match(line.strip()):
            current = None
        elif _is_row(tokens):
            current = tokens
            rows.append(current)
        elif _is_head(tokens) and rows:
            break
        elif _is_head(tokens):
            head = current = head if current is head else []
            head += tokens
        elif not _continues(tokens):
            current = None
        elif current is not None:
            current.extend(tokens)
    return head, rows


def _is_of_gpus(cell: str) -> bool:
    return _OF_GPUS.fullmatch(cell) is not None


def _is_row(tokens: Sequence[str]) -> bool:
    """A GPU's name, then cells; a damaged cell does not make it another thing."""
    if not _GPU.fullmatch(tokens[0]) or len(tokens) < 2:
        return False
    return any(CELL.fullmatch(token) for token in tokens[1:])


def _is_head(tokens: Sequence[str]) -> bool:
    return bool(_GPU.fullmatch(tokens[0]))


def _continues(tokens: Sequence[str]) -> bool:
    """Whether a line may be the rest of a wrapped one, and not another row or prose."""
    return all(_REST.fullmatch(token) for token in tokens)


_REST = re.compile(
    CELL.pattern + r"|NIC\d+|mlx\S+|CPU|Affinity|NUMA|ID|GPU|N/A|\d+(-\d+)?(,\d+(-\d+)?)*,?"
)
