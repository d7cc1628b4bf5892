"""What an inventory's `lab` entries ask of this machine: pydantic models, read before boot."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from infra.lab import place

OsName = Literal["ubuntu-22.04", "ubuntu-24.04", "ubuntu-26.04", "debian-12", "debian-13"]

Kind = Literal["container", "emulated"]
Iommu = Literal["off", "passthrough", "translating"]

_NAME = r"^[a-z0-9][a-z0-9-]{0,30}$"
_BDF = r"^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$"


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class LabNvlink(_Spec):
    """NVLinks of a simulated GPU to one peer."""

    to: str
    """PCI address of the other card, or `switch`: the host's NVSwitches."""
    links: int
    """How many."""


class LabGpu(_Spec):
    """One simulated GPU."""

    name: str = "NVIDIA GeForce RTX 3090"
    """Product name, as nvidia-smi prints it."""
    pci_id: str = Field(default="10de:2204", pattern=r"^[0-9a-f]{4}:[0-9a-f]{4}$")
    """Vendor and device id."""
    bdf: str = Field(default="0000:41:00.0", pattern=_BDF)
    """PCI address of the card."""
    uuid: str = "GPU-00000000-0000-0000-0000-000000000001"
    """UUID, as nvidia-smi prints it."""
    memory_mib: int = 24576
    """Memory in MiB."""
    width: int = 16
    """PCIe lanes that its slot gives."""
    gen: int = 4
    """PCIe generation of its slot."""
    max_width: int = 16
    """PCIe lanes that the card has."""
    pstate: str = Field(default="P8", pattern=r"^P[0-9]{1,2}$")
    """Performance state; an idle one (P5 and up) runs the link at `idle_gen`."""
    idle_gen: int = 1
    """PCIe generation of the link while the card idles; cards for data centres keep their own."""
    bar1_mib: int | None = None
    """Size of BAR1 in MiB; None is all of the memory (resizable BAR on), 256 is off."""
    switches: tuple[Annotated[str, Field(pattern=_BDF)], ...] = ()
    """Upstream ports of the PCIe switches above the card, root port's first; cards share them."""
    nvlinks: tuple[LabNvlink, ...] = ()
    """Its NVLinks."""
    link_gb_per_s: float = 14.062
    """What one of its NVLinks carries in one direction, GB/s."""
    p2p: Literal["OK", "CNS", "GNS", "TNS", "NS", "DR"] | None = None
    """What its driver grants over PCIe; None is NS for GeForce cards and OK for the others."""
    mig: tuple[str, ...] = ()
    """Profiles of the MIG devices that it is divided into."""
    c2c: bool = False
    """Whether it hangs on a chip-to-chip link, so that its PCIe link shows Gen1 x1."""
    numa: int = 0
    """NUMA node of the card."""
    compute: str = "8.6"
    """Compute capability."""

    @property
    def idles(self) -> bool:
        """Whether its performance state is an idle one."""
        return int(self.pstate[1:]) >= 5


class LabEntry(_Spec):
    """The `lab` entry of one host in an inventory."""

    os: OsName
    """What the host's os-release says."""
    gpus: tuple[LabGpu, ...] = ()
    """Its simulated GPUs."""
    nvswitches: tuple[Annotated[str, Field(pattern=_BDF)], ...] = ()
    """PCI addresses of its simulated NVSwitches."""
    kind: Kind = "container"
    """`container`: this machine's kernel, simulated hardware; `emulated`: a machine in software."""
    iommu: Iommu = "off"
    """Mode of an emulated host's IOMMU."""


class LabHost(_Spec):
    """One host that the lab runs on this machine."""

    name: str = Field(pattern=_NAME)
    """Its name in the inventory; also that of its folder, which root removes."""
    address: str
    """IPv4 address inside the lab's subnet."""
    user: str
    """Who logs in: root, or a user with sudo (root login is then off)."""
    os: OsName
    """What its os-release says."""
    gpus: tuple[LabGpu, ...] = ()
    """Its simulated GPUs."""
    nvswitches: tuple[Annotated[str, Field(pattern=_BDF)], ...] = ()
    """PCI addresses of its simulated NVSwitches."""
    kind: Kind = "container"
    """`container`: this machine's kernel, simulated hardware; `emulated`: a machine in software."""
    iommu: Iommu = "off"
    """Mode of an emulated host's IOMMU."""


def unfit(name: str, address: str) -> Iterator[tuple[str, str]]:
    """Why a host of an inventory cannot be one of the lab's: key and sentence."""
    if not re.fullmatch(_NAME.strip("^$"), name):
        yield "", "cannot be a lab host's name: at most 31 of a-z, 0-9 and -, not first; rename it"
    if not _is_free(address):
        yield (
            "ssh_hostname",
            f"{address} cannot be a lab host's address; give an IPv4 address in {place.SUBNET} "
            f"other than {place.BRIDGE_ADDRESS} and {place.SERVICES_ADDRESS}",
        )


def _is_free(text: str) -> bool:
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        return False
    net = ipaddress.IPv4Network(place.SUBNET)
    taken = (net.network_address, net.broadcast_address)
    ours = (place.BRIDGE_ADDRESS, place.SERVICES_ADDRESS)
    return address in net and address not in taken and text not in ours
