"""The link between each two GPUs, from `nvidia-smi topo -m`."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from roles.gpu_driver.cards import Card
from roles.pcie_topology.explain import linked, matrix_text
from roles.pcie_topology.explain.matrix_text import Matrix

Pair = tuple[int, int]
COMMAND = "timeout -k 5 200 nvidia-smi topo -m"
"""Shell text that prints the matrix; a badly seated bridge makes it take two minutes."""
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_NEARNESS = (("NV",), ("PIX", "PXB"), ("PHB",), ("NODE",), ("SYS", "SOC"))
"""Links that are much alike, the nearest first."""


@dataclass(frozen=True)
class Links:
    """A link for each pair of GPUs, the lower number first; what is wrong with the text."""

    kinds: Mapping[Pair, str] = field(default_factory=dict)
    damage: tuple[str, ...] = ()

    @property
    def gpus(self) -> tuple[int, ...]:
        """Every GPU that has a pair."""
        return tuple(sorted({gpu for pair in self.kinds for gpu in pair}))

    def kind(self, one: int, other: int) -> str:
        """The link of a pair in either order; empty when it is not told."""
        return self.kinds.get((min(one, other), max(one, other)), "")


def parse(text: str) -> Links:
    """Links from the matrix; without one, the damage says so."""
    matrix = read(text)
    if matrix is None:
        return Links(damage=("nvidia-smi topo -m printed no matrix",))
    return Links(kinds=cells(matrix), damage=damage(matrix))


def read(text: str) -> Matrix | None:
    """The matrix of a text; nvidia-smi underlines its head even where nobody looks."""
    return matrix_text.read(_ANSI.sub("", text))


def cells(matrix: Matrix) -> dict[Pair, str]:
    """What the matrix says of each pair; where its halves differ, what the lower half says."""
    return {
        (int(one[3:]), int(other[3:])): matrix.cell(other, one) or matrix.cell(one, other)
        for one, other in matrix.pairs()
    }


def damage(matrix: Matrix) -> tuple[str, ...]:
    """What of a matrix is missing or contradicts itself."""
    return tuple(f"{found.subject}: {found.message}" for found in matrix_text.damage(matrix))


def count(kind: str) -> int:
    """NVLinks of a link; 0 when it is none."""
    return int(kind[2:]) if kind[:2] == "NV" and kind[2:].isdigit() else 0


def short(links: Links, *, cards: Iterable[Card | None]) -> list[str]:
    """Sentences on NVLinks that are missing by card and shape; none when they are whole."""
    names = [f"GPU{gpu}" for gpu in links.gpus]
    counts = {(f"GPU{a}", f"GPU{b}"): count(kind) for (a, b), kind in links.kinds.items()}
    kinds = set(cards)
    card = next(iter(kinds)) if len(kinds) == 1 else None
    verdict, findings = linked.judged(names, counts, card=card)
    return [f"{one.subject}: {one.message}" for one in findings] if verdict == "degraded" else []


def groups(links: Links) -> list[list[int]]:
    """GPUs that are near each other: the nearest groups first, each once, none of one GPU."""
    found: list[list[int]] = []
    near: list[Pair] = []
    for kinds in _NEARNESS:
        near += [pair for pair, kind in links.kinds.items() if kind.startswith(kinds)]
        joined = linked.islands(_names(links.gpus), [(f"{a}", f"{b}") for a, b in near])
        found += [[int(gpu) for gpu in group] for group in joined if len(group) > 1]
    return [group for at, group in enumerate(found) if group not in found[:at]]


def _names(gpus: Iterable[int]) -> list[str]:
    return [str(gpu) for gpu in gpus]
