"""What a status shows of the ways to a host's GPUs: whether they have all their lanes."""

from infra.status import Cell, Shown, bad, good, unknown
from roles.pcie_topology import lanes, places, reading
from roles.pcie_topology.settings import PcieTopologySettings


def command(settings: PcieTopologySettings) -> str:
    """Shell text that prints the PCIe tree."""
    return reading.TREE


def shown(answer: str, *, settings: PcieTopologySettings) -> Shown:
    """The column lanes; what is missing or narrow in sentences."""
    tree, manifest = reading.parse(answer.splitlines()), settings.manifest
    missing = places.missing(tree, manifest=manifest, count=settings.gpus)
    narrow = lanes.narrow(tree, given=settings.expected_width, manifest=manifest)
    notes = tuple(f"pcie_topology: {sentence}" for sentence in (*missing, *narrow))
    if not tree.gpus:
        return Shown({"lanes": bad("no GPU")}, notes)
    return Shown({"lanes": _cell(len(missing), len(narrow), len(lanes.untold(tree)))}, notes)


def _cell(missing: int, narrow: int, untold: int) -> Cell:
    if missing:
        return bad(f"{missing} gone")
    if narrow:
        return bad(f"{narrow} narrow")
    return unknown("untold") if untold else good()
