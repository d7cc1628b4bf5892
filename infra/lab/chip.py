"""What follows from a simulated card's name and numbers: its chip, its ids, its BAR1."""

from infra.lab.spec import LabGpu

_ARCHITECTURES = {
    "6": ("Pascal", 3),
    "7.0": ("Volta", 3),
    "7.5": ("Turing", 3),
    "8.9": ("Ada Lovelace", 4),
    "8": ("Ampere", 4),
    "9": ("Hopper", 5),
    "10": ("Blackwell", 5),
    "12": ("Blackwell", 5),
}
"""Name and PCIe generation of the chip by compute capability."""


def architecture(gpu: LabGpu) -> str:
    """Name of the chip's architecture."""
    return _known(gpu)[0]


def gen(gpu: LabGpu) -> int:
    """PCIe generation of the chip."""
    return _known(gpu)[1]


def ids(gpu: LabGpu) -> tuple[int, int]:
    """Vendor and device id."""
    vendor, _, device = gpu.pci_id.partition(":")
    return int(vendor, 16), int(device, 16)


def is_geforce(gpu: LabGpu) -> bool:
    """Whether it is a card of the GeForce line, which has an audio function and no PCIe peers."""
    return "GeForce" in gpu.name


def bar1_mib(gpu: LabGpu) -> int:
    """Size of BAR1 in MiB."""
    return gpu.bar1_mib if gpu.bar1_mib is not None else whole_bar1_mib(gpu)


def whole_bar1_mib(gpu: LabGpu) -> int:
    """Size in MiB of a BAR1 that holds all memory."""
    return 1 << (gpu.memory_mib - 1).bit_length()


def _known(gpu: LabGpu) -> tuple[str, int]:
    major = gpu.compute.partition(".")[0]
    name, gen = _ARCHITECTURES.get(gpu.compute) or _ARCHITECTURES.get(major, ("Unknown", gpu.gen))
    return name, gen
