"""How a host's PCIe tree is asked for, and what its answer says."""

import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

from roles.pcie_topology.tree import Access, Driver, Function, Gpu, Link, Tree

_SCRIPT = Path(__file__).with_name("tree.sh")
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SMI = f"env -u LD_LIBRARY_PATH {PATH} timeout -k 5 90 nvidia-smi"
_QUERY = "pci.bus_id,uuid,name,pstate,utilization.gpu,memory.total,mig.mode.current"
_LANES = range(1, 33)
"""Widths that a link may have: ports without one say 0, 63 or 255."""
_MEMORY = 0x200
"""Flag of a base address register that maps memory."""

DRIVER = (
    f"{SMI} --query-gpu={_QUERY} --format=csv,noheader,nounits 2>/dev/null | sed 's/^/smi /'; true"
)
"""Shell text that prints what a driver says of the cards; nothing where none answers."""


def tree(*, sys: str = "/sys", setpci: str = "") -> str:
    """Shell text that prints the GPUs and every bridge above them; run as root.

    `sys` is where sysfs is mounted, `setpci` more options for that program.
    """
    given = f"sys={shlex.quote(sys)} setpci={shlex.quote(setpci)}"
    return f"{PATH}; export PATH; {given}\n{_SCRIPT.read_text()}true"


TREE = tree()
"""Shell text that prints the tree of the running host."""
WHOLE = f"{DRIVER}\n{TREE}"
"""Shell text that prints tree and driver; links are read right after the driver spoke."""


def parse(lines: Iterable[str]) -> Tree:
    """Tree from the answer to `TREE` or `WHOLE`; what is not there is not known."""
    rows = [line.split() for line in lines if line.strip()]
    one = {row[0]: " ".join(row[1:]) for row in rows if row[0] in ("boot", "virt", "cmdline")}
    functions = _functions(row[1:] for row in rows if row[0] == "at" and len(row) > 3)
    drivers = dict(_drivers(" ".join(row[1:]) for row in rows if row[0] == "smi"))
    slots = {row[1]: " ".join(row[2:]) for row in rows if row[0] == "slot" and len(row) > 2}
    return Tree(
        gpus=tuple(
            _gpu(row[2:], functions=functions, slots=slots, drivers=drivers)
            for row in rows
            if row[0] == "gpu" and len(row) > 2
        ),
        boot=one.get("boot", ""),
        virtual=one.get("virt", ""),
        cmdline=one.get("cmdline", ""),
        iommus=tuple(row[1] for row in rows if row[0] == "iommu" and len(row) > 1),
        has_setpci=["setpci", "found"] in rows,
    )


def _gpu(
    way: list[str],
    *,
    functions: Mapping[str, Function],
    slots: Mapping[str, str],
    drivers: Mapping[str, Driver],
) -> Gpu:
    found = [functions.get(bdf, Function(bdf)) for bdf in way]
    return Gpu(
        function=found[-1],
        path=tuple(found[:-1]),
        slot=_slot(way, slots),
        driver=drivers.get(way[-1]),
    )


def _slot(way: list[str], slots: Mapping[str, str]) -> str:
    """The slot's name: by the card's own address first, then by the ports', from below."""
    for bdf in reversed(way):
        name = slots.get(bdf) or slots.get(bdf.rpartition(".")[0])
        if name:
            return name
    return ""


def address(text: str) -> str:
    """A PCI address as sysfs writes it, from nvidia-smi's form with eight digits of domain."""
    domain, _, rest = text.strip().lower().partition(":")
    return f"{domain.lstrip('0'):0>4}:{rest}"


def _drivers(lines: Iterable[str]) -> Iterable[tuple[str, Driver]]:
    for line in lines:
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) in (6, 7) and ":" in cells[0]:
            bdf, uuid, name, pstate, load, memory, *mig = cells
            driver = Driver(uuid, name, pstate, _number(load), _number(memory), mig == ["Enabled"])
            yield address(bdf), driver


def _functions(rows: Iterable[list[str]]) -> dict[str, Function]:
    told: dict[str, dict[str, str]] = {}
    regions: dict[str, list[int]] = {}
    for bdf, key, *values in rows:
        of = told.setdefault(bdf, {})
        if key == "region":
            regions.setdefault(bdf, []).extend(_size(values))
        else:
            of[key] = " ".join(values)
    return {bdf: _function(bdf, of, regions=regions.get(bdf, [])) for bdf, of in told.items()}


def _function(bdf: str, of: Mapping[str, str], *, regions: list[int]) -> Function:
    vendor, device = (_hex4(of.get(f"subsystem_{part}", "")) for part in ("vendor", "device"))
    return Function(
        bdf=bdf,
        class_code=of.get("class", ""),
        vendor=_hex4(of.get("vendor", "")),
        device=_hex4(of.get("device", "")),
        subsystem=f"{vendor}:{device}" if vendor else "",
        numa=_number(of.get("numa_node", ""), otherwise=-1),
        link=Link(
            speed=_speed(of.get("current_link_speed", "")),
            width=_width(of.get("current_link_width", "")),
            max_speed=_speed(of.get("max_link_speed", "")),
            max_width=_width(of.get("max_link_width", "")),
        ),
        access=_access(of.get("acs", "")),
        regions=tuple(regions),
        group="" if of.get("group") == "untold" else of.get("group"),
        config=of.get("config", ""),
    )


def _access(text: str) -> Access | None:
    """ACS from two registers in hexadecimal; setpci prints none for a bridge that has no ACS."""
    words = re.fullmatch(r"([0-9a-f]{4}) ([0-9a-f]{4})", text)
    return Access(able=int(words[1], 16), on=int(words[2], 16)) if words else None


def _size(values: list[str]) -> list[int]:
    try:
        start, end, flags = (int(value, 16) for value in values)
    except ValueError:
        return []
    return [end - start + 1] if flags & _MEMORY and end > start else []


def _speed(text: str) -> float:
    found = re.match(r"([0-9]+(?:\.[0-9]+)?) GT/s", text)
    return float(found[1]) if found else 0.0


def _width(text: str) -> int:
    lanes = _number(text)
    return lanes if lanes in _LANES else 0


def _number(text: str, *, otherwise: int = 0) -> int:
    return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text) else otherwise


def _hex4(text: str) -> str:
    return text.removeprefix("0x").lower() if re.fullmatch(r"0x[0-9A-Fa-f]{4}", text) else ""
