"""The PCIe tree of an emulated host: the one that `slots` plans, as far as it can be emulated."""

from collections.abc import Iterator, Mapping

from infra.lab import slots
from infra.lab.pci import Function
from infra.lab.spec import LabHost

_DISPLAY = 0x03
"""Base class of cards; their sound is left out."""
_LAST_DEVICE = 0x17
"""Of the first bus; what is behind it is the host's disk and network."""


def functions(host: LabHost) -> Mapping[str, Function]:
    """Ports and cards of a host by their paths in its device tree, each below its port."""
    return {
        path: function
        for path, function in slots.tree(host).items()
        if function.port is not None or function.class_code >> 16 == _DISPLAY
    }


def unfit(host: LabHost) -> Iterator[str]:
    """Why a host cannot be emulated, a sentence each."""
    if host.os != "debian-12":
        yield f"{host.name}: an emulated host runs debian-12, not {host.os}; change lab.os"
    if host.nvswitches:
        yield f"{host.name}: an emulated host has no NVSwitches; leave lab.nvswitches out"
    tree = functions(host)
    given = {path: function.secondary_bus for path, function in tree.items() if function.port}
    for (path, bus), number in zip(_counted(given).items(), given.values(), strict=True):
        if bus != number:
            yield (
                f"{host.name}: the firmware of an emulated host counts buses in order: below "
                f"{path.split('/')[-1]} is bus {bus:02x}, not {number:02x}; change lab.gpus"
            )
            return
    for path, function in tree.items():
        if function.port == "root" and int(function.bdf[8:10], 16) > _LAST_DEVICE:
            yield f"{host.name}: {path.split('/')[-1]} is taken; give lab.gpus lower buses"


def _counted(given: Mapping[str, int]) -> dict[str, int]:
    """The bus below each port as firmware counts them: in the order of the paths, depth first."""
    return {path: number for number, path in enumerate(sorted(given), start=1)}
