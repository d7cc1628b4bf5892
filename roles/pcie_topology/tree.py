"""The PCIe tree above a host's GPUs: functions, links and paths as they were found."""

from dataclasses import dataclass

from roles.gpu_driver import cards
from roles.gpu_driver.cards import Card

_GENERATIONS = {2.5: 1, 5.0: 2, 8.0: 3, 16.0: 4, 32.0: 5, 64.0: 6}
REAL_MACHINES = frozenset({"", "none"})
CONTAINERS = frozenset({"systemd-nspawn", "lxc", "lxc-libvirt", "docker", "podman", "wsl"})
"""What systemd-detect-virt calls a system that shares its machine's kernel and PCI bus."""


def generation(speed: float) -> int:
    """PCIe generation of a speed in GT/s; 0 when there is none of that speed."""
    return _GENERATIONS.get(speed, 0)


@dataclass(frozen=True)
class Link:
    """A function's link: GT/s and lanes as it runs and as the function could; 0 is unknown."""

    speed: float = 0.0
    width: int = 0
    max_speed: float = 0.0
    max_width: int = 0


@dataclass(frozen=True)
class Access:
    """Access control services (ACS) of a bridge: what it can do and what is on, as registers."""

    able: int = 0
    on: int = 0


@dataclass(frozen=True)
class Function:
    """One PCI function."""

    bdf: str
    class_code: str = ""
    vendor: str = ""
    device: str = ""
    subsystem: str = ""
    numa: int = -1
    """NUMA node; -1 where the platform does not say."""
    link: Link = Link()
    access: Access | None = None
    """None: a bridge without ACS, or one whose registers could not be read."""
    regions: tuple[int, ...] = ()
    """Sizes in bytes of its base address registers that map memory."""
    group: str | None = None
    """Type of its IOMMU group (`identity`, `DMA`, …; empty: not told); None: it has no group."""
    config: str = ""
    """First word of its configuration space; `ffff` when the device does not answer."""


@dataclass(frozen=True)
class Driver:
    """What nvidia-smi says of a GPU; load in per cent, memory in MiB (0: not told), MIG on."""

    uuid: str
    name: str
    pstate: str = ""
    load: int = 0
    memory_mib: int = 0
    mig: bool = False


@dataclass(frozen=True)
class Gpu:
    """A GPU and the bridges above it, the root port first."""

    function: Function
    path: tuple[Function, ...] = ()
    slot: str = ""
    """The board's name of its slot; empty where the board does not say."""
    driver: Driver | None = None
    """None where no driver answered for it."""

    @property
    def bdf(self) -> str:
        """PCI address, as sysfs writes it."""
        return self.function.bdf

    @property
    def way(self) -> tuple[Function, ...]:
        """Every function from the root port down to the GPU itself."""
        return (*self.path, self.function)

    @property
    def card(self) -> Card | None:
        """What the card is by its ids, or by the name that its driver tells; None: not known."""
        own, told = self.function, self.driver
        named = cards.by_name(told.name) if told is not None else None
        if named is not None and named.vgpu:
            return named
        return cards.by_pci_id(own.device, subsystem=own.subsystem) or named

    @property
    def name(self) -> str:
        """The card's name, as far as it is known."""
        if self.card is not None:
            return self.card.name
        return self.driver.name if self.driver is not None else f"10de:{self.function.device}"

    @property
    def label(self) -> str:
        """How messages name it: address, card and slot."""
        place = f", slot {self.slot}" if self.slot else ""
        return f"{self.bdf} ({self.name}{place})"

    @property
    def bar1_mib(self) -> int:
        """Size of BAR1, its largest window into memory, in MiB."""
        return max(self.function.regions, default=0) >> 20


@dataclass(frozen=True)
class Tree:
    """A host's GPUs and how they hang together."""

    gpus: tuple[Gpu, ...] = ()
    boot: str = ""
    virtual: str = ""
    """What systemd-detect-virt says: `none`, `kvm`, …"""
    cmdline: str = ""
    iommus: tuple[str, ...] = ()
    has_setpci: bool = False
    """Whether the registers of bridges could be read."""

    @property
    def is_guest(self) -> bool:
        """Whether a hypervisor stands between this system and the PCI bus."""
        return self.virtual not in REAL_MACHINES | CONTAINERS

    @property
    def bridges(self) -> tuple[Function, ...]:
        """Every bridge above a GPU, once."""
        return tuple({one.bdf: one for gpu in self.gpus for one in gpu.path}.values())

    def below(self, bridge: str) -> tuple[Gpu, ...]:
        """The GPUs below a bridge."""
        return tuple(gpu for gpu in self.gpus if bridge in {one.bdf for one in gpu.path})

    @property
    def labels(self) -> dict[str, str]:
        """How messages name each GPU, and each port right above one, by address."""
        ports = {gpu.path[-1].bdf: f"port {gpu.path[-1].bdf} of {gpu.label}" for gpu in self._below}
        return ports | {gpu.bdf: gpu.label for gpu in self.gpus}

    @property
    def _below(self) -> tuple[Gpu, ...]:
        return tuple(gpu for gpu in self.gpus if gpu.path)


def narrowest(gpu: Gpu) -> Function | None:
    """The function with the fewest lanes in use on the way to a GPU; None: none tells."""
    known = [one for one in gpu.way if one.link.width]
    return min(known, key=lambda one: one.link.width, default=None)


def slowest(gpu: Gpu) -> Function | None:
    """The function whose link runs slowest on the way to a GPU; None: none tells."""
    known = [one for one in gpu.way if one.link.speed]
    return min(known, key=lambda one: one.link.speed, default=None)


def slot_width(gpu: Gpu) -> int:
    """Lanes that the ports above a GPU can give; 0 when none of them tells."""
    return min((one.link.max_width for one in gpu.path if one.link.max_width), default=0)


def fastest(gpu: Gpu) -> int:
    """PCIe generation that GPU and ports can run together; 0 when none of them tells."""
    speeds = [one.link.max_speed for one in gpu.way if one.link.max_speed]
    return generation(min(speeds, default=0.0))
