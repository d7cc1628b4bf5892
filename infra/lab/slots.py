"""Where a simulated card sits: every PCI function from its host bridge down to it."""

from collections.abc import Mapping
from dataclasses import replace

from infra.lab import chip
from infra.lab.pci import Function, Link, Port, bus_of
from infra.lab.spec import LabGpu, LabHost

_MEMORY, _MEMORY_64, _PORTS = 0x40200, 0x14220C, 0x40101
_HOST_BRIDGE, _ROOT_PORT = (0x1022, 0x1480), (0x1022, 0x1483)
_SWITCH = (0x10B5, 0x8747)
_NVSWITCHES = {"8": 0x1AF1}
"""Device ids of NVSwitches by their cards' major compute capability; 22a3 since."""
_CHIP_SLOT = Link(gen=1, max_gen=1, width=1, max_width=16)
"""What PCIe shows of a card that hangs on a chip-to-chip link."""


def tree(host: LabHost) -> Mapping[str, Function]:
    """Every PCI function of a host, by its path in the device tree."""
    found: dict[str, Function] = {}
    for gpu in host.gpus:
        found = path_to(gpu) | found
    for bdf in host.nvswitches:
        found = _path(bdf, through=(), leaves=(_nvswitch(bdf, host.gpus),)) | found
    buses = {path: function.bus for path, function in found.items()}
    return {
        path: replace(function, subordinate_bus=_last(path, buses)) if function.port else function
        for path, function in sorted(found.items())
    }


def path_to(gpu: LabGpu) -> dict[str, Function]:
    """Every function from the host bridge down to the card, by its path in the device tree."""
    card = _card(gpu)
    audio = replace(
        card, bdf=f"{gpu.bdf[:-1]}1", device=0x1AEF, class_code=0x040300, regions=(), resizable=None
    )
    has_audio = chip.is_geforce(gpu) and gpu.bdf.endswith(".0")
    leaves = (card, audio) if has_audio else (card,)
    return _path(gpu.bdf, through=gpu.switches, leaves=leaves, gpu=gpu)


def root_of(bdf: str) -> str:
    """Domain and bus of an address's host bridge, which has sixteen buses below its ports."""
    return f"{bdf[:4]}:{max(bus_of(bdf) - 1, 0) & 0xF0:02x}"


def entry(gpu: LabGpu) -> str:
    """Address of what hangs on the card's root port: the first switch, or the card."""
    return gpu.switches[0] if gpu.switches else gpu.bdf


def link_of(gpu: LabGpu) -> Link:
    """The card's link as it runs and as the card could run it."""
    if gpu.c2c:
        return _CHIP_SLOT
    able = min(gpu.gen, chip.gen(gpu))
    runs = min(able, gpu.idle_gen) if gpu.idles else able
    width = min(gpu.width, gpu.max_width)
    return Link(gen=runs, max_gen=chip.gen(gpu), width=width, max_width=gpu.max_width)


def _path(
    bdf: str,
    *,
    through: tuple[str, ...],
    leaves: tuple[Function, ...],
    gpu: LabGpu | None = None,
) -> dict[str, Function]:
    first = through[0] if through else bdf
    numa = gpu.numa if gpu is not None else 0
    root = root_of(first)
    bridge = Function(f"{root}:00.0", *_HOST_BRIDGE, 0x060000, _HOST_BRIDGE, numa=numa)
    above = f"pci{root}"
    found = {f"{above}/{bridge.bdf}": bridge}
    for port in _ports(bdf, through=through, gpu=gpu, leaf=leaves[0]):
        above = f"{above}/{port.bdf}"
        found[above] = port
    return found | {f"{above}/{leaf.bdf}": leaf for leaf in leaves}


def _ports(
    bdf: str, *, through: tuple[str, ...], gpu: LabGpu | None, leaf: Function
) -> list[Function]:
    """Root port, then the upstream and downstream port of each switch, down to the address."""
    if not bus_of(bdf):
        return []
    downs = (*through, bdf)
    place = max(bus_of(downs[0]) - 1, 0) & 0x0F
    root = f"{root_of(downs[0])}:{1 + place // 8:02x}.{place % 8}"
    whole, last = _slot(gpu, leaf, idle=False), _slot(gpu, leaf, idle=True)
    found = [_bridge(root, "root", bus_of(downs[0]), link=whole if through else last)]
    for switch, below in zip(through, downs[1:], strict=True):
        inner = bus_of(switch) + 1
        device = bus_of(below) - inner - 1
        down = f"{switch[:4]}:{inner:02x}:{device:02x}.0"
        found.append(_bridge(switch, "upstream", inner, link=whole))
        link = last if below == bdf else whole
        found.append(_bridge(down, "downstream", bus_of(below), link=link))
    return [replace(port, numa=leaf.numa) for port in found]


def _slot(gpu: LabGpu | None, leaf: Function, *, idle: bool) -> Link:
    """A link as the port above sees it: its largest width and generation are the slot's."""
    link = leaf.link if leaf.link is not None else _CHIP_SLOT
    if gpu is None or gpu.c2c:
        return link
    gen = link.gen if idle else gpu.gen
    width = link.width if idle else gpu.width
    return Link(gen=gen, max_gen=gpu.gen, width=width, max_width=gpu.width)


def _bridge(bdf: str, port: Port, below: int, *, link: Link) -> Function:
    vendor, device = _ROOT_PORT if port == "root" else _SWITCH
    revision = 0 if port == "root" else 0xCA
    return Function(
        bdf=bdf,
        vendor=vendor,
        device=device,
        class_code=0x060400,
        revision=revision,
        link=link,
        port=port,
        secondary_bus=below,
    )


def _last(path: str, buses: Mapping[str, int]) -> int:
    return max(bus for other, bus in buses.items() if other.startswith(path))


def _card(gpu: LabGpu) -> Function:
    vendor, device = chip.ids(gpu)
    bus = bus_of(gpu.bdf)
    base, bar1 = bus << 40 | 1 << 44, chip.bar1_mib(gpu)
    return Function(
        bdf=gpu.bdf,
        vendor=vendor,
        device=device,
        class_code=0x030000 if chip.is_geforce(gpu) else 0x030200,
        subsystem=(vendor, 0x1467),
        revision=0xA1,
        numa=gpu.numa,
        link=link_of(gpu),
        regions=(
            (0xC0000000 + (bus << 20 & 0x3F000000), 1 << 24, _MEMORY),
            (base, bar1 << 20, _MEMORY_64),
            (0, 0, 0),
            (base + (1 << 39), 1 << 25, _MEMORY_64),
            (0, 0, 0),
            (0x1000 + (bus & 0x0F) * 0x1000, 0x80, _PORTS),
        ),
        resizable=(bar1, max(bar1, chip.whole_bar1_mib(gpu))),
    )


def _nvswitch(bdf: str, gpus: tuple[LabGpu, ...]) -> Function:
    major = gpus[0].compute.partition(".")[0] if gpus else ""
    device = _NVSWITCHES.get(major, 0x22A3)
    link = Link(gen=5, max_gen=5, width=2, max_width=2)
    region = (0xE0000000 + (bus_of(bdf) << 20 & 0x0F000000), 1 << 25, _MEMORY)
    ids = (0x10DE, device, 0x068000, (0x10DE, 0x1796), 1)
    return Function(bdf, *ids, link=link, regions=(region,))
