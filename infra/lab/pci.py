"""PCI functions as sysfs shows them: attributes and the configuration space that lspci reads."""

import struct
from dataclasses import dataclass

_SPEEDS = {1: "2.5", 2: "5.0", 3: "8.0", 4: "16.0", 5: "32.0", 6: "64.0"}
_POWER, _EXPRESS, _EXTENDED = 0x60, 0x78, 0x100
_NO_REGION = (0, 0, 0)


@dataclass(frozen=True)
class Link:
    """A PCIe link: generations and lanes, as it runs and as the function could."""

    gen: int
    max_gen: int
    width: int
    max_width: int


@dataclass(frozen=True)
class Function:
    """One PCI function."""

    bdf: str
    vendor: int
    device: int
    class_code: int
    subsystem: tuple[int, int] = (0, 0)
    revision: int = 0
    numa: int = 0
    link: Link | None = None
    regions: tuple[tuple[int, int, int], ...] = ()
    """Start, size and kernel flags of base address registers, in the registers' order."""
    secondary_bus: int | None = None
    """The bus below; given, the function is a root port."""

    @property
    def bus(self) -> int:
        """Number of the bus the function sits on."""
        return int(self.bdf.split(":")[1], 16)


def attributes(function: Function, *, cpus: str) -> dict[str, str]:
    """Contents of the function's text files in sysfs, by name."""
    vendor, device = function.subsystem
    found = {
        "vendor": f"0x{function.vendor:04x}",
        "device": f"0x{function.device:04x}",
        "class": f"0x{function.class_code:06x}",
        "subsystem_vendor": f"0x{vendor:04x}",
        "subsystem_device": f"0x{device:04x}",
        "revision": f"0x{function.revision:02x}",
        "irq": "0",
        "enable": "1",
        "numa_node": str(function.numa),
        "local_cpulist": cpus,
        "resource": _resource(function),
    }
    return found | (_link_attributes(function.link) if function.link is not None else {})


def _link_attributes(link: Link) -> dict[str, str]:
    return {
        "current_link_speed": f"{_SPEEDS[link.gen]} GT/s PCIe",
        "current_link_width": str(link.width),
        "max_link_speed": f"{_SPEEDS[link.max_gen]} GT/s PCIe",
        "max_link_width": str(link.max_width),
    }


def _resource(function: Function) -> str:
    rows = [*function.regions, *[_NO_REGION] * (13 - len(function.regions))]
    return "\n".join(
        f"0x{start:016x} 0x{start + size - 1 if size else 0:016x} 0x{flags:016x}"
        for start, size, flags in rows
    )


def config(function: Function) -> bytes:
    """The function's 4096 bytes of configuration space."""
    space = bytearray(4096)
    struct.pack_into("<HHHH", space, 0, function.vendor, function.device, 0x0407, 0x0010)
    space[8] = function.revision
    space[9:12] = function.class_code.to_bytes(3, "little")
    _header(space, function)
    if function.link is not None:
        space[0x34] = _POWER
        struct.pack_into("<BBHH", space, _POWER, 0x01, _EXPRESS, 0x4803, 0x0008)
        _express(space, function.link, port=function.secondary_bus is not None)
        _extended(space, port=function.secondary_bus is not None)
    else:
        struct.pack_into("<H", space, 6, 0)
    return bytes(space)


def _header(space: bytearray, function: Function) -> None:
    if function.secondary_bus is not None:
        space[0x0E] = 0x01
        space[0x18:0x1B] = bytes((function.bus, function.secondary_bus, function.secondary_bus))
        return
    for number, (start, _, flags) in enumerate(function.regions):
        if start:
            struct.pack_into("<I", space, 0x10 + 4 * number, (start & 0xFFFFFFF0) | _bits(flags))
            if flags & 0x100000:
                struct.pack_into("<I", space, 0x14 + 4 * number, start >> 32)
    struct.pack_into("<HH", space, 0x2C, *function.subsystem)
    space[0x3D] = 1


def _bits(flags: int) -> int:
    if flags & 0x100:
        return 0x1
    return (0x4 if flags & 0x100000 else 0) | (0x8 if flags & 0x2000 else 0)


def _express(space: bytearray, link: Link, *, port: bool) -> None:
    at = _EXPRESS
    kind = 0x0142 if port else 0x0012
    able = link.max_gen | link.max_width << 4 | 2 << 10
    struct.pack_into("<BBHI", space, at, 0x10, 0x00, kind, 0x00008001)
    struct.pack_into("<HH", space, at + 0x08, 0x2910, 0x0000)
    struct.pack_into("<IHH", space, at + 0x0C, able, 0x0040, link.gen | link.width << 4 | 1 << 12)
    struct.pack_into("<I", space, at + 0x2C, ((1 << link.max_gen) - 1) << 1)
    struct.pack_into("<H", space, at + 0x30, link.max_gen)


def _extended(space: bytearray, *, port: bool) -> None:
    # A root port has access control services, all off; a card has error reporting
    if port:
        struct.pack_into("<IHH", space, _EXTENDED, 0x0001_000D, 0x001F, 0x0000)
    else:
        struct.pack_into("<I", space, _EXTENDED, 0x0002_0001)
