"""What a proof holds of: when any of it changes, the proof is of another machine."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict

from roles.gpu_interconnect.state import State
from roles.pcie_topology import iommu
from roles.pcie_topology.tree import Function


class Key(BaseModel):
    """A host at one moment."""

    model_config = ConfigDict(frozen=True)

    boot_id: str = ""
    driver: str = ""
    gpus: dict[str, str] = {}
    """PCI address by UUID."""
    paths: dict[str, str] = {}
    """By a GPU's address: the bridges above it, the root port first."""
    acs: dict[str, str] = {}
    """By a bridge's address: its ACS control register."""
    iommu: dict[str, str] = {}
    """By a GPU's address: the mode of the IOMMU."""
    probe: str = ""
    """Digest of the probe's program and image."""


_WORDS = {
    "boot_id": "the host booted since",
    "driver": "the driver is another one",
    "gpus": "the GPUs are others",
    "paths": "the ways to the GPUs are others",
    "acs": "ACS is set otherwise",
    "iommu": "the IOMMU is in another mode",
    "probe": "the probe is another one",
}


def of(state: State, *, probe: str) -> Key:
    """The key of a host as it is."""
    tree = state.tree
    return Key(
        boot_id=tree.boot,
        driver=state.driver,
        gpus={gpu.driver.uuid: gpu.bdf for gpu in state.gpus if gpu.driver is not None},
        paths={gpu.bdf: " ".join(one.bdf for one in gpu.path) for gpu in tree.gpus},
        acs={one.bdf: _control(one) for one in tree.bridges},
        iommu={gpu.bdf: iommu.mode(gpu, cmdline=tree.cmdline) for gpu in tree.gpus},
        probe=probe,
    )


def _control(bridge: Function) -> str:
    return "none" if bridge.access is None else f"{bridge.access.on:04x}"


def differences(proven: Key, *, now: Key) -> list[str]:
    """What is no longer as it was when it was proven, in words."""
    return [
        f"{words} ({', '.join(_changes(getattr(proven, name), getattr(now, name)))})"
        for name, words in _WORDS.items()
        if getattr(proven, name) != getattr(now, name)
    ]


def _changes(old: Any, new: Any) -> Iterator[str]:  # noqa: ANN401
    if not isinstance(old, dict):
        yield f"{_short(old)}, now {_short(new)}"
        return
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield f"{_short(name)}: {old.get(name) or 'none'}, now {new.get(name) or 'none'}"


def _short(text: str) -> str:
    return text[:12] or "none"
