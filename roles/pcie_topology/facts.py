"""Facts of pcie_topology; what they print is parsed in the modules named."""

from pyinfra.api.facts import FactBase

from roles.pcie_topology import counters, reading, tree


class PcieTree(FactBase[tree.Tree]):
    """The GPUs and every bridge above them."""

    def command(self) -> str:
        """Ask in one command."""
        return reading.TREE

    @staticmethod
    def default() -> tree.Tree:
        """No GPU."""
        return tree.Tree()

    def process(self, output: list[str]) -> tree.Tree:
        """Parse the answer."""
        return reading.parse(output)


class CountersAreRecorded(FactBase[bool]):
    """Whether the PCIe error counters were recorded since the host booted."""

    def command(self) -> str:
        """Look for a record of this boot."""
        return counters.RECORDED

    @staticmethod
    def default() -> bool:
        """Not known to be."""
        return False

    def process(self, output: list[str]) -> bool:
        """Look for the word."""
        return "recorded" in output
