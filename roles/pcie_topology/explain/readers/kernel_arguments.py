"""`/proc/cmdline` or `/etc/default/grub`: what the kernel is told of IOMMU and PCI."""

import re

from roles.pcie_topology.explain.judgement import Finding, Judgement

KIND = "kernel-arguments"

_GRUB = re.compile(r"^[ \t]*GRUB_CMDLINE_LINUX\w*=(.*)$", re.MULTILINE)
_BOOTED = re.compile(r"^BOOT_IMAGE=.*$", re.MULTILINE)
_TOLD = re.compile(r"\b((?:intel_iommu|amd_iommu|iommu|pci|pcie_aspm|pcie_acs_override)=[^\s\"']+)")


def matches(text: str) -> bool:
    """Whether it holds the arguments of a kernel."""
    return bool(_GRUB.search(text) or _BOOTED.search(text))


def judge(text: str) -> Judgement:
    """The arguments that peer traffic depends on."""
    lines = [*_GRUB.findall(text), *_BOOTED.findall(text)]
    told = [argument for line in lines for argument in _TOLD.findall(line)]
    message = f"kernel arguments: {' '.join(told) or 'none for IOMMU or PCI'}"
    return Judgement(kind=KIND, findings=(Finding("info", "kernel", message),))
