"""What the emulator is told of a host's PCIe tree."""

from collections.abc import Iterator, Mapping

from infra.lab.pci import Function

_MODELS = {"upstream": "x3130-upstream", "downstream": "xio3130-downstream", None: "nvme"}
"""Stand-ins; an NVMe controller is the smallest endpoint with a PCI Express capability."""


def id_of(bdf: str) -> str:
    """A device's name inside the emulator, by its address in the host."""
    return f"pci-{bdf.replace(':', '.')}"


def arguments(tree: Mapping[str, Function]) -> tuple[str, ...]:
    """Words of the emulator's command line for every port and card of a tree."""
    # Numbers on the board: of every port that something is plugged into
    places = [path for path, function in tree.items() if function.port in ("root", "downstream")]
    slots = {path: number for number, path in enumerate(places, start=1)}
    devices = (_device(path, function, slots.get(path)) for path, function in tree.items())
    return tuple(word for device in devices for word in ("-device", ",".join(device)))


def _device(path: str, function: Function, slot: int | None) -> Iterator[str]:
    above = path.split("/")[-2]
    place, number = function.bdf.split(":")[2].split(".")
    own = id_of(function.bdf)
    if function.port == "root":
        yield from ("pcie-root-port", f"id={own}", "bus=pcie.0", f"addr={place}.{number}")
        yield from (f"chassis={slot}", f"slot={slot}", "multifunction=on")
        return
    yield from (_MODELS[function.port], f"id={own}", f"bus={id_of(above)}", f"addr={place}")
    if function.port == "downstream":
        yield from (f"chassis={slot}", f"slot={slot}")
    if function.port is None:
        yield f"serial={function.bdf}"
