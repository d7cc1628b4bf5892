"""Devices as lspci lists them, with as much of each as the listing has."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from roles.gpu_driver.cards import Card, by_name, by_pci_id
from roles.pcie_topology.explain.address import SHAPE, sysfs_address
from roles.pcie_topology.explain.judgement import Finding

_HEAD = re.compile(rf"\s*({SHAPE}) ([^:]+?)(?: \[([0-9a-f]{{4}})\])?: (.*)")
_GPU = re.compile(r"vga|3d controller|display controller|^030[02]$", re.IGNORECASE)
_SWITCH_IDS = ("1ac1", "1ac2", "1af1", "22a3", "2901")
"""NVSwitch of V100 to B200."""
_PLX = re.compile(r"PLX|PEX ?8\d|PEX89|10b5:|1000:c0|Microsemi|Switchtec|11f8:", re.IGNORECASE)


@dataclass(frozen=True)
class Device:
    """One device: its address as sysfs writes it, its class, its words and the lines below.

    The address is empty where the heading was cut off.
    """

    address: str = ""
    kind: str = ""
    code: str = ""
    words: str = ""
    lines: tuple[str, ...] = ()

    @property
    def is_nvidia(self) -> bool:
        """Whether NVIDIA made it."""
        return "nvidia" in self.words.lower() or "10de:" in self.words.lower()

    @property
    def is_gpu(self) -> bool:
        """Whether it is one of NVIDIA's display or 3D controllers."""
        return self.is_nvidia and bool(_GPU.search(self.kind) or _GPU.search(self.code))

    @property
    def is_nvswitch(self) -> bool:
        """Whether it is one of NVIDIA's NVLink switches."""
        named = "nvswitch" in self.words.lower()
        return self.is_nvidia and (named or self.device_id in _SWITCH_IDS)

    @property
    def is_pcie_switch(self) -> bool:
        """Whether it is a port of a PCIe switch of the kinds that stand before GPUs."""
        return self.is_bridge and bool(_PLX.search(self.words))

    @property
    def is_bridge(self) -> bool:
        """Whether it is a PCI bridge."""
        return "0604" in (self.kind, self.code) or self.kind.lower() == "pci bridge"

    @property
    def is_host_bridge(self) -> bool:
        """Whether it is a host bridge, which every whole listing of a machine has."""
        return "0600" in (self.kind, self.code) or self.kind.lower() == "host bridge"

    @property
    def device_id(self) -> str:
        """Its device id, where the listing has NVIDIA's numbers; else empty."""
        found = re.search(r"10de:([0-9a-f]{4})|\bDevice ([0-9a-f]{4})\b", self.words)
        return (found.group(1) or found.group(2)) if found else ""

    @property
    def name(self) -> str:
        """The product: what stands in brackets, without the ids."""
        plain = re.sub(r"\[[0-9a-f]{4}:[0-9a-f]{4}\].*|\(rev .*", "", self.words)
        found = re.search(r"\[([^\]]+)\]", plain)
        return found.group(1) if found else plain.replace("NVIDIA Corporation", "").strip()

    @property
    def card(self) -> Card | None:
        """The product's facts; None: not known."""
        return by_name(self.name) or by_pci_id(self.device_id)

    @property
    def where(self) -> str:
        """What a finding calls it."""
        if not self.address:
            return "device without heading"
        return f"GPU {self.address} ({self.name})" if self.is_gpu else f"device {self.address}"


def heading(line: str) -> Device | None:
    """The device that a line names; None: it names none."""
    found = _HEAD.fullmatch(line)
    if not found:
        return None
    address, kind, code, words = found.groups()
    return Device(sysfs_address(address), kind.strip(), code or "", words)


def devices(text: str) -> tuple[Device, ...]:
    """Every device of a listing; lines that no heading stands over are one without an address."""
    return tuple(_with_lines(text.splitlines()))


def _with_lines(lines: list[str]) -> Iterator[Device]:
    device = Device()
    below: list[str] = []
    for line in (*lines, ""):
        named = heading(line)
        if named is None and line.strip():
            below.append(line)
            continue
        if device.address or below:
            yield replace(device, lines=tuple(below))
        device, below = named or Device(), []


def cards(found: tuple[Device, ...]) -> dict[str, str]:
    """The GPUs' names by address."""
    return {device.address: device.name for device in found if device.is_gpu}


def count(found: tuple[Device, ...]) -> int | None:
    """How many GPUs are listed; None: none, and the listing is not of a whole machine."""
    gpus = len(cards(found))
    return gpus or (0 if any(device.is_host_bridge for device in found) else None)


def fabric(found: tuple[Device, ...]) -> tuple[Finding, ...]:
    """What follows from NVLink and PCIe switches in a listing."""
    findings = []
    if nvswitches := sum(1 for device in found if device.is_nvswitch):
        message = f"{nvswitches} NVSwitch bridges: the fabric manager is needed"
        advice = "its version must be exactly the loaded driver's"
        findings.append(Finding("info", "NVSwitch", message, advice))
    if ports := sum(1 for device in found if device.is_pcie_switch):
        message = f"{ports} ports of PCIe switches"
        advice = "look at ACS of each port above a GPU (lspci -vvv as root)"
        findings.append(Finding("info", "PCIe switch", message, advice))
    return tuple(findings)
