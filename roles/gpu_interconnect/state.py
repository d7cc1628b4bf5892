"""What a host is, as far as a proof of its interconnect depends on it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from roles.pcie_topology import reading
from roles.pcie_topology.tree import Gpu, Tree

COMMAND = (
    "sed -nE 's/^NVRM version: .*  ([0-9]+[.][0-9.]*[0-9])($| .*)/driver \\1/p' "
    f"/proc/driver/nvidia/version 2>/dev/null\n{reading.WHOLE}"
)
"""Shell text that prints the loaded driver and the GPUs with their ways; run as root."""


@dataclass(frozen=True)
class State:
    """The loaded driver (empty: none) and the PCIe tree."""

    driver: str = ""
    tree: Tree = field(default_factory=Tree)

    @property
    def gpus(self) -> tuple[Gpu, ...]:
        """The GPUs that the driver shows, in its order: the first is GPU0."""
        return tuple(gpu for gpu in self.tree.gpus if gpu.driver is not None)

    @property
    def shares(self) -> tuple[str, ...]:
        """Labels of the GPUs that MIG divides: their NVLinks are off."""
        return tuple(gpu.label for gpu in self.gpus if gpu.driver is not None and gpu.driver.mig)

    @property
    def is_several(self) -> bool:
        """Whether there are GPUs that could talk to each other."""
        return len(self.tree.gpus) > 1


def parse(lines: Iterable[str]) -> State:
    """State from the answer to COMMAND."""
    kept = list(lines)
    versions = [line.split()[1] for line in kept if line.startswith("driver ")]
    return State(driver=next(iter(versions), ""), tree=reading.parse(kept))
