"""What the driver grants between GPUs, from `nvidia-smi topo -p2p`; a grant is no proof."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from roles.gpu_interconnect.links import Pair, damage, read
from roles.pcie_topology.explain.matrix_text import Matrix

COMMAND = "timeout -k 5 200 nvidia-smi topo -p2p r"
"""Shell text that prints the matrix of reading; writing is granted with it."""
_WORDS = {
    "CNS": "the chipset is not supported: look at BIOS, IOMMU, ACS, or a virtual machine",
    "TNS": "the topology is not supported: look at BIOS, IOMMU, ACS, or a virtual machine",
    "GNS": "the card is not supported by this driver",
    "NS": "not supported by this card or driver",
    "DR": "disabled by a registry key of the driver",
    "U": "the driver does not know",
}


@dataclass(frozen=True)
class Grants:
    """A status for each pair of GPUs, the lower number first; what is wrong with the text."""

    statuses: Mapping[Pair, str] = field(default_factory=dict)
    damage: tuple[str, ...] = ()

    def grants(self, one: int, other: int) -> bool:
        """Whether peer access of a pair is granted."""
        return self.statuses.get((min(one, other), max(one, other))) == "OK"

    @property
    def refused(self) -> dict[Pair, str]:
        """The pairs that are not granted, with their status."""
        return {pair: status for pair, status in self.statuses.items() if status != "OK"}


def parse(text: str) -> Grants:
    """Grants from the matrix; without one, the damage says so."""
    matrix = read(text)
    if matrix is None:
        return Grants(damage=("nvidia-smi topo -p2p printed no matrix",))
    return Grants(statuses=_statuses(matrix), damage=damage(matrix))


def _statuses(matrix: Matrix) -> dict[Pair, str]:
    """Of two halves that differ, the one that is no grant."""
    found = {}
    for one, other in matrix.pairs():
        shown = {matrix.cell(one, other), matrix.cell(other, one)}
        status = next(iter(sorted(shown - {"OK"})), "OK")
        found[int(one[3:]), int(other[3:])] = status or "U"
    return found


def words(status: str) -> str:
    """A status with what it means."""
    return f"{status}: {_WORDS.get(status, 'unknown')}"
