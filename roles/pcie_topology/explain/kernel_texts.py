"""Sentences of NVIDIA's kernel module and of the kernel that name a fault and its cure.

The module breaks its sentences over lines; they are searched in lines joined to one text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from roles.pcie_topology.explain.judgement import Finding, Severity


@dataclass(frozen=True)
class _Text:
    pattern: str
    severity: Severity
    subject: str
    message: str
    advice: str


_CARD = r"(?:NVIDIA GPU (?P<what>\S+ \(PCI ID: [0-9a-f:]+\))\s+installed in this system\s+)?"
_TEXTS = (
    _Text(
        rf"{_CARD}requires use of the NVIDIA open kernel modules",
        "error",
        "driver",
        "wrong flavour: {what} needs the open kernel modules, the proprietary ones are loaded",
        "install the open modules of the same version (gpu_driver.modules = open)",
    ),
    _Text(
        rf"{_CARD}is not supported by open nvidia\.ko because it does not include the required GPU "
        r"System",
        "error",
        "driver",
        "wrong flavour: {what} has no GSP and needs the proprietary kernel modules",
        "install the proprietary modules of branch 580 or older (gpu_driver.modules = proprietary)",
    ),
    _Text(
        r"NVIDIA vGPU .{0,80}is not supported by open nvidia\.ko",
        "error",
        "driver",
        "a vGPU guest needs the GRID driver of its cloud",
        "install the driver that the hypervisor's vendor gives",
    ),
    _Text(
        r"supported through the NVIDIA (?P<what>[\w.]+) Legacy drivers",
        "error",
        "driver",
        "this driver has dropped the card; it is supported by {what} only",
        "install branch {what}; it is the last one for this architecture",
    ),
    _Text(
        r"API mismatch: (?P<what>the client has (?:the )?version [\d.]+, "
        r"but this kernel module has (?:the )?version [\d.]+)",
        "error",
        "driver",
        "user space and the loaded module differ: {what}",
        "reboot, or reload the module; then look at what is installed",
    ),
    _Text(
        r"Key was rejected by service|Required key not available|unsigned module is rejected"
        r"|Loading of module with unavailable key is rejected",
        "error",
        "driver",
        "Secure Boot rejects the module's signature",
        "use the distribution's signed modules, or enrol the DKMS key with mokutil at the console",
    ),
    _Text(
        r"Can't find an IRQ for your NVIDIA card",
        "error",
        "driver",
        "the card has no interrupt",
        "look at the BIOS and at pci= options of the kernel's command line",
    ),
    _Text(
        r"This PCI I/O region assigned to your NVIDIA device is invalid",
        "error",
        "lanes",
        "a memory region of the card could not be placed",
        "turn on Above 4G Decoding in the BIOS, or reseat the card",
    ),
    _Text(
        r"RmInitAdapter failed!?|rm_init_adapter failed",
        "error",
        "driver",
        "the module cannot initialise a card",
        "look at the lines before it; reseat the card, then try another driver version",
    ),
    _Text(
        r"probe routine was not called for \d+ device|already bound to nouveau",
        "error",
        "driver",
        "another driver holds the card",
        "blacklist nouveau, update the initramfs and reboot",
    ),
    _Text(
        r"ACS redirect is set between the client and provider",
        "warning",
        "p2p",
        "a bridge redirects peer traffic to the root complex",
        "turn ACS redirection off on the bridges above GPUs",
    ),
    _Text(
        r"nvidia-peermem \S+ ERROR detected invalid context",
        "warning",
        "nvidia_peermem",
        "RDMA memory was freed in a foreign context",
        "update the driver and the NIC's stack; restart the program that does RDMA",
    ),
    _Text(
        r"segfault at [^\n]{0,200} in libnccl\.so",
        "warning",
        "nccl",
        "a program crashed inside libnccl",
        "try another NCCL version; prove the interconnect before blaming the cards",
    ),
    _Text(
        r"(?:DMAR: \[DMA (?:Read|Write)[^\n]{0,120}fault|AMD-Vi: Event logged \[IO_PAGE_FAULT)",
        "warning",
        "iommu",
        "the IOMMU refused a device's access",
        "run GPUs with iommu=pt; a translating IOMMU breaks peer to peer",
    ),
)

_PREFIX = re.compile(r"\s*\n[^\n]{0,120}?NVRM: ?(?!Xid|GPU |loading|The NVIDIA GPU )")


def findings(text: str) -> Iterator[Finding]:
    """One finding for each known sentence and each thing that it names."""
    joined = _PREFIX.sub(" ", text)
    for known in _TEXTS:
        whats = [
            match.groupdict().get("what") or "" for match in re.finditer(known.pattern, joined)
        ]
        for what in dict.fromkeys(whats):
            yield Finding(
                severity=known.severity,
                subject=known.subject,
                message=known.message.format(what=what) + _often(whats.count(what)),
                advice=known.advice.format(what=what),
            )


def _often(times: int) -> str:
    return f" ({times} times)" if times > 1 else ""
