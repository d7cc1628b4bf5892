"""PCI functions as sysfs shows them: the text files of each."""

from dataclasses import dataclass
from typing import Literal

_SPEEDS = {1: "2.5", 2: "5.0", 3: "8.0", 4: "16.0", 5: "32.0", 6: "64.0"}
_NO_REGION = (0, 0, 0)
_CORRECTABLE = "RxErr BadTLP BadDLLP Rollover Timeout NonFatalErr CorrIntErr HeaderOF"
_UNCORRECTABLE = (
    "Undefined DLP SDES TLP FCP CmpltTO CmpltAbrt UnxCmplt RxOF MalfTLP ECRC UnsupReq ACSViol "
    "UncorrIntErr BlockedTLP AtomicOpBlocked TLPBlockedErr PoisonTLPBlocked"
)
_ERRORS = {
    "correctable": (_CORRECTABLE, "COR"),
    "nonfatal": (_UNCORRECTABLE, "NONFATAL"),
    "fatal": (_UNCORRECTABLE, "FATAL"),
}
"""Rows and the total's name of the kernel's aer_dev_* files."""

Port = Literal["root", "upstream", "downstream"]
"""What kind of bridge a function is."""


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
    resizable: tuple[int, int] | None = None
    """Current and largest size of BAR1 in MiB, where it can be resized."""
    port: Port | None = None
    """What kind of bridge it is; None is no bridge."""
    secondary_bus: int = 0
    """The bus below a bridge."""
    subordinate_bus: int = 0
    """The last bus below a bridge."""

    @property
    def bus(self) -> int:
        """Number of the bus the function sits on."""
        return bus_of(self.bdf)


def bus_of(bdf: str) -> int:
    """Number of the bus in a PCI address."""
    return int(bdf.split(":")[1], 16)


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
    if function.link is None:
        return found
    return found | _link_attributes(function.link) | _error_counters()


def speed(gen: int) -> str:
    """A generation's speed as the kernel writes it."""
    return f"{_SPEEDS[gen]} GT/s PCIe"


def _link_attributes(link: Link) -> dict[str, str]:
    return {
        "current_link_speed": speed(link.gen),
        "current_link_width": str(link.width),
        "max_link_speed": speed(link.max_gen),
        "max_link_width": str(link.max_width),
    }


def _error_counters() -> dict[str, str]:
    return {
        f"aer_dev_{kind}": "\n".join(f"{row} 0" for row in (*rows.split(), f"TOTAL_ERR_{total}"))
        for kind, (rows, total) in _ERRORS.items()
    }


def _resource(function: Function) -> str:
    rows = [*function.regions, *[_NO_REGION] * (13 - len(function.regions))]
    return "\n".join(
        f"0x{start:016x} 0x{start + size - 1 if size else 0:016x} 0x{flags:016x}"
        for start, size, flags in rows
    )
