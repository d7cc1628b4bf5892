"""`lspci`, `-n`, `-nn`, or a hex dump: one line for each device and no link state."""

import re

from roles.pcie_topology.explain import pci_device
from roles.pcie_topology.explain.judgement import Finding, Judgement

KIND = "lspci-list"

_HEX = re.compile(r"^[0-9a-f]{2,3}:(?: [0-9a-f]{2}){16}\s*$", re.MULTILINE)


def matches(text: str) -> bool:
    """Whether a line of it names a device."""
    return any(pci_device.heading(line) for line in text.splitlines())


def judge(text: str) -> Judgement:
    """How many GPUs and switches are on the bus; links it does not tell."""
    found = pci_device.devices(text)
    return Judgement(
        kind=KIND,
        gpus=pci_device.count(found),
        findings=(*pci_device.fabric(found), *_dump(text)),
        cards=pci_device.cards(found),
    )


def _dump(text: str) -> tuple[Finding, ...]:
    if not _HEX.search(text):
        return ()
    advice = "print it with lspci -F FILE -vvv, and have that explained"
    return (Finding("info", "output", "holds the configuration as numbers", advice),)
