"""What the kernel said since it booted: narrow links, and GPUs that fell off the bus."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from roles.gpu_driver import xid
from roles.pcie_topology.lanes import expected, is_judged
from roles.pcie_topology.promised import Manifest
from roles.pcie_topology.reading import PATH
from roles.pcie_topology.tree import Tree

_TOLD = r"available PCIe bandwidth, limited by|fallen off the bus|NVRM: Xid .*: 79,|GPU is lost"
COMMAND = (
    f"{PATH}; export PATH; "
    "{ dmesg 2>/dev/null || journalctl -k -b -o short-monotonic --no-pager 2>/dev/null; } | "
    f"grep -E {_TOLD!r} | tail -n 300 | sed 's/^/kernel /'; "
    "dmesg 2>/dev/null | head -n 1 | grep -Eq '^\\[ *0\\.' || "
    "journalctl -k -b -o short-monotonic --no-pager 2>/dev/null | "
    f"grep -E {_TOLD!r} | head -n 300 | sed 's/^/kernel /'; true"
)
"""Shell text that prints such lines; a log that ran over is made whole from the journal."""

_OFF_THE_BUS = 79
_BDF = r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]"
_LIMITED = re.compile(
    rf"(?P<bdf>{_BDF}): .*available PCIe bandwidth, limited by (?P<speed>[0-9.]+) GT/s"
    rf"(?: PCIe)? x(?P<width>[0-9]+) link at (?P<port>{_BDF})"
)


@dataclass(frozen=True)
class Limited:
    """A link that the kernel found narrow or slow at boot: GT/s and lanes, and its port."""

    speed: float
    width: int
    port: str


def limited(lines: Iterable[str]) -> dict[str, Limited]:
    """The last such link by the address of the device that it limits."""
    found = (_LIMITED.search(line) for line in lines)
    return {
        one["bdf"]: Limited(float(one["speed"]), int(one["width"]), one["port"])
        for one in found
        if one is not None
    }


def fallen(lines: Iterable[str]) -> tuple[str, ...]:
    """Addresses of GPUs that fell off the bus since boot (Xid 79); empty where none is told."""
    said = (line.removeprefix("kernel ") for line in lines if line.startswith("kernel "))
    reports = (one for one in xid.found(said) if one.code == _OFF_THE_BUS and not one.switch)
    return tuple(dict.fromkeys(one.bdf for one in reports))


def narrow(
    tree: Tree, lines: Iterable[str], *, given: Mapping[str, int], manifest: Manifest | None
) -> list[str]:
    """Sentences on GPUs for whose link the kernel found fewer lanes than they should have.

    What it says of speed alone is no fault: firmware may leave links slow until a driver comes.
    """
    told = limited(lines)
    found = []
    for gpu in filter(is_judged, tree.gpus):
        learned = manifest.of(gpu.bdf) if manifest is not None else None
        should = expected(
            gpu,
            guest=tree.is_guest,
            given=given.get(gpu.bdf),
            promised=learned.width if learned is not None else 0,
        )
        one = told.get(gpu.bdf)
        if one is not None and one.width < should.width:
            found.append(
                f"{gpu.label}: the kernel found x{one.width} at port {one.port}, {should.source}"
            )
    return found


def lost(tree: Tree, lines: Iterable[str], *, manifest: Manifest | None) -> list[str]:
    """Sentences on GPUs that fell off the bus since boot, or do not answer now."""
    gone = [_named(place, tree=tree, manifest=manifest) for place in fallen(lines)]
    mute = [gpu.label for gpu in tree.gpus if gpu.function.config == "ffff"]
    return [f"{label}: fell off the bus since this boot" for label in gone] + [
        f"{label}: does not answer on the bus" for label in mute
    ]


def _named(place: str, *, tree: Tree, manifest: Manifest | None) -> str:
    """A GPU's label by the address that the driver wrote, which may lack the function's number."""
    own = place.partition(".")[0]
    learned = manifest.gpus if manifest is not None else ()
    labels = {one.bdf.partition(".")[0]: one.label for one in learned}
    labels |= {one.bdf.partition(".")[0]: one.label for one in tree.gpus}
    return labels.get(own) or place or "a GPU"
