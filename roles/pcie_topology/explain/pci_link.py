"""The link state, buses and driver of a device, from the lines that lspci -vvv prints of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from roles.pcie_topology.explain import acs
from roles.pcie_topology.explain.address import generation
from roles.pcie_topology.explain.pci_device import Device

_WIDTH = re.compile(r"Width x(\d{1,3})\b")
_DOWN = r"\s*\(downgraded\)"
_BUSES = re.compile(r"Bus: primary=\w+, secondary=([0-9a-f]{2}), subordinate=([0-9a-f]{2})")
_BAR = re.compile(r"Memory at [^(]*\([^)]*bit, prefetchable\).*\[size=(\d{1,6})([KMGT])\]")
_MIB = {"K": 0, "M": 1, "G": 1024, "T": 1024 * 1024}


@dataclass(frozen=True)
class PciLink:
    """What LnkCap and LnkSta say; None is what they do not."""

    gen: int | None = None
    width: int | None = None
    gen_max: int | None = None
    width_max: int | None = None
    narrowed: bool = False
    """Whether lspci itself calls the width downgraded."""
    slowed: bool = False
    torn: bool = False
    """Whether lines of two devices ran together."""


def link(device: Device) -> PciLink | None:
    """The device's link; None: the listing tells none."""
    capability, state = _lines(device, "LnkCap:"), _lines(device, "LnkSta:")
    if not capability and not state:
        return None
    can, has = "".join(capability[:1]), "".join(state[:1])
    return PciLink(
        gen=generation(has),
        width=_width(has),
        gen_max=generation(can),
        width_max=_width(can),
        narrowed=bool(re.search(r"Width x\d+" + _DOWN, has)),
        slowed=bool(re.search(r"GT/s" + _DOWN, has)),
        torn=len(capability) > 1 or len(state) > 1,
    )


def above(device: Device, among: Sequence[Device]) -> tuple[Device, ...]:
    """The bridges between a device and its root complex, from the root down."""
    over = [
        (buses, other)
        for other in among
        if other.is_bridge and (buses := _over(other, device.address))
    ]
    return tuple(other for _, other in sorted(over, key=lambda pair: pair[0][0] - pair[0][1]))


def control(device: Device) -> str:
    """Its ACSCtl bits; empty where it has none or they are not told."""
    found = [match.group(1) for line in device.lines if (match := acs.CONTROL.search(line))]
    return " ".join(found)


def driver(device: Device) -> str:
    """The kernel driver in use; empty where none is told."""
    found = _lines(device, "Kernel driver in use:")
    return found[0].strip() if found else ""


def is_denied(device: Device) -> bool:
    """Whether the listing was taken without the right to see capabilities."""
    return any("<access denied>" in line for line in device.lines)


def bar1_mib(device: Device) -> int:
    """The largest prefetchable window in MiB, through which peers reach its memory; 0: not told."""
    sizes = [match.groups() for line in device.lines if (match := _BAR.search(line))]
    return max((int(size) * _MIB[unit] for size, unit in sizes), default=0)


def _lines(device: Device, start: str) -> list[str]:
    stripped = (line.strip() for line in device.lines)
    return [line.removeprefix(start) for line in stripped if line.startswith(start)]


def _width(text: str) -> int | None:
    found = _WIDTH.search(text)
    return int(found.group(1)) if found else None


def _over(bridge: Device, address: str) -> tuple[int, int] | None:
    """The bridge's first and last bus, where the address is on one of them."""
    found = _BUSES.search("\n".join(bridge.lines))
    domain, _, place = address.partition(":")
    if not found or not place or not bridge.address.startswith(f"{domain}:"):
        return None
    first, last = int(found.group(1), 16), int(found.group(2), 16)
    return (first, last) if first <= int(place[:2], 16) <= last else None
