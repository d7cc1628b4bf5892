"""What a simulated host's kernel says of its buses: IOMMU groups and lines of its log."""

from collections.abc import Iterator, Mapping

from infra.lab.pci import Function, Link, speed
from infra.lab.spec import LabHost

COMMAND_LINE = "amd_iommu=on iommu=pt"
"""What a host's kernel command line has beside the machine's own."""
GROUPS = "/sys/kernel/iommu_groups"
_LANE_GBIT = {1: 2.0, 2: 4.0, 3: 7.877, 4: 15.754, 5: 31.504, 6: 63.0}


def groups(functions: Mapping[str, Function]) -> Mapping[str, str]:
    """Number of the IOMMU group of each function's address: one a slot."""
    slots = sorted({function.bdf.partition(".")[0] for function in functions.values()})
    numbers = {slot: str(number) for number, slot in enumerate(slots)}
    return {each.bdf: numbers[each.bdf.partition(".")[0]] for each in functions.values()}


def log(host: LabHost, functions: Mapping[str, Function]) -> str:
    """The first lines of a host's kernel log, each with its level in front as in /dev/kmsg."""
    lines = [
        f"<5>[    0.000000] Linux version (lab stand-in), {host.os}",
        "<6>[    1.204418] iommu: Default domain type: Passthrough (set via kernel command line)",
        *_devices(functions),
    ]
    return "".join(f"{line}\n" for line in lines)


def _devices(functions: Mapping[str, Function]) -> Iterator[str]:
    for path, function in functions.items():
        ids = f"[{function.vendor:04x}:{function.device:04x}]"
        kind = "01" if function.port is not None else "00"
        said = f"{ids} type {kind} class 0x{function.class_code:06x}"
        yield f"<6>[    1.310552] pci {function.bdf}: {said}"
        narrow = _limited(path, functions)
        if narrow:
            yield f"<6>[    1.310871] pci {function.bdf}: {narrow}"


def _limited(path: str, functions: Mapping[str, Function]) -> str:
    """What the kernel says of a device whose slot gives less than it could take."""
    own, above = functions[path], functions.get(path.rpartition("/")[0])
    if own.port is not None or own.link is None or above is None or above.link is None:
        return ""
    slot = Link(
        gen=min(own.link.max_gen, above.link.max_gen),
        max_gen=own.link.max_gen,
        width=min(own.link.max_width, above.link.max_width),
        max_width=own.link.max_width,
    )
    if (slot.gen, slot.width) == (slot.max_gen, slot.max_width):
        return ""
    return (
        f"{_gbit(slot.gen, slot.width)} available PCIe bandwidth, limited by {speed(slot.gen)} "
        f"x{slot.width} link at {above.bdf} (capable of {_gbit(slot.max_gen, slot.max_width)} with "
        f"{speed(slot.max_gen)} x{slot.max_width} link)"
    )


def _gbit(gen: int, width: int) -> str:
    return f"{_LANE_GBIT[gen] * width:.3f} Gb/s"
