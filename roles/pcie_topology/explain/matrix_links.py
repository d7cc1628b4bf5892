"""NVLinks in the table of `nvidia-smi topo -m`, which may lack rows."""

import re

from roles.gpu_driver.cards import Card
from roles.pcie_topology.explain import linked, matrix_text
from roles.pcie_topology.explain.judgement import Nvlink
from roles.pcie_topology.explain.matrix_text import Matrix

PATH = re.compile(r"NV\d{1,3}|PIX|PXB|PHB|NODE|SYS|SOC")
"""What a cell of `topo -m` may hold."""
_MOST_LINKS = 36
"""No GPU has more NVLinks: what is more in a row goes to switches, one link to all peers."""


def judged(matrix: Matrix, *, card: Card | None) -> linked.Verdict:
    """The verdict over the pairs that are shown: one row tells of all its GPU's pairs."""
    found = counts(matrix)
    if _tells_every_pair(matrix):
        return linked.judged(matrix.gpus, found, card=card)
    # What other rows say of a GPU without one says nothing of its other pairs.
    shown = [gpu for gpu in matrix.gpus if gpu in matrix.rows]
    return linked.judged(
        shown, {pair: n for pair, n in found.items() if set(pair) <= set(shown)}, card=card
    )


def is_shown_whole(matrix: Matrix, nvlink: Nvlink) -> bool:
    """Whether all links are seen to be there though rows are missing.

    Each pair stands in two rows, so one row may go. Where every GPU hangs on switches, its count
    is the same to all its peers, and those that are shown tell it.
    """
    if nvlink != "present" or not matrix_text.lacks_rows_alone(matrix):
        return False
    told = {count for pair, count in counts(matrix).items() if set(pair) & set(matrix.rows)}
    on_switches = len(told) == 1 and max(told) * (len(matrix.gpus) - 1) > _MOST_LINKS
    return _tells_every_pair(matrix) or on_switches


def counts(matrix: Matrix) -> dict[linked.Pair, int]:
    """NVLinks of each pair: the fewer, where the two halves of the table differ."""
    return {pair: _links(matrix, *pair) for pair in matrix.pairs()}


def _tells_every_pair(matrix: Matrix) -> bool:
    return len(matrix.gpus) - len(matrix.rows) < 2


def _links(matrix: Matrix, one: str, other: str) -> int:
    both = (matrix.cell(one, other), matrix.cell(other, one))
    shown = [cell for cell in both if PATH.fullmatch(cell)]
    return min((int(cell[2:]) if cell.startswith("NV") else 0 for cell in shown), default=0)
