"""Settings of pcie_topology."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from infra.role import Settings
from roles.pcie_topology.promised import Manifest

_LANES = (1, 2, 4, 8, 12, 16, 32)


def _address(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]", text):
        raise ValueError(f'"{text}" is no PCI address; give one as sysfs writes it: 0000:41:00.0')
    return text


def _lanes(lanes: int) -> int:
    if lanes not in _LANES:
        raise ValueError(f"no link has {lanes} lanes; give {', '.join(map(str, _LANES))}")
    return lanes


Address = Annotated[str, AfterValidator(_address)]
Gen = Annotated[int, Field(ge=1, le=6)]
Lanes = Annotated[int, AfterValidator(_lanes)]


class PcieTopologySettings(Settings):
    """What the way from the CPU to each GPU is promised to be."""

    gpus: int | None = Field(default=None, ge=1, le=64)
    """How many NVIDIA GPUs the host has, where no hardware manifest says it."""
    expected_width: dict[Address, Lanes] = Field(default_factory=dict)
    """By PCI address: lanes that are right for that GPU, whatever card, slot and manifest say."""
    expected_gen: dict[Address, Gen] = Field(default_factory=dict)
    """By PCI address: PCIe generation that is right for that GPU, where the firmware limits it."""
    acs: Literal["off", "checked", "ignored"] = "checked"
    """ACS redirection above GPUs: `off`, turned off at every boot; `checked`; `ignored`."""
    iommu: Literal["no_translation", "off", "passthrough", "any"] = "no_translation"
    """Mode of the IOMMU for the GPUs: `no_translation` is off or passthrough; never changed."""
    bar1_holds_memory: bool = False
    """Whether BAR1 must hold all of a GPU's memory (Above 4G Decoding and Resizable BAR)."""
    correctable_per_day: int = Field(default=480, ge=0)
    """Corrected PCIe errors (AER) a day of a GPU or its port that are still no fault."""
    replays_per_day: int = Field(default=80, ge=0)
    """PCIe replays a day, as the driver counts them, that are still no fault."""
    manifest: Manifest | None = None
    """The node's hardware manifest; filled in from the file beside the inventory, not given."""
