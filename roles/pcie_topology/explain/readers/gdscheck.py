"""`gdscheck -p` of GPUDirect Storage: GPUs, their BAR1 and the IOMMU."""

import re

from roles.pcie_topology.explain.judgement import Finding, Judgement

KIND = "gdscheck"

_GPU = re.compile(
    r"^[ \t]*GPU index (\d{1,4}) (.*?) bar:1 bar size \(MiB\):(\d{1,9})", re.MULTILINE
)
_IOMMU = re.compile(r"^[ \t]*IOMMU: *(\w+)", re.MULTILINE)


def matches(text: str) -> bool:
    """Whether it is GPUDirect Storage's own report."""
    return "GDS release version" in text or bool(_GPU.search(text))


def judge(text: str) -> Judgement:
    """How many GPUs it names, and whether an IOMMU stands between them."""
    gpus = [
        Finding("info", f"GPU {index} ({name})", f"BAR1 is {size} MiB")
        for index, name, size in _GPU.findall(text)
    ]
    iommu = [_iommu(state) for state in _IOMMU.findall(text)[:1]]
    return Judgement(kind=KIND, gpus=len(gpus), findings=(*gpus, *iommu))


def _iommu(state: str) -> Finding:
    if state.lower() == "disabled":
        return Finding("info", "IOMMU", "is off")
    return Finding("warning", "IOMMU", f"is {state}", "boot with iommu=pt for peer to peer")
