"""`nvidia-smi -L`: the GPUs by name and UUID, and their MIG instances."""

import re

from infra.wording import counted
from roles.pcie_topology.explain import failures, listing
from roles.pcie_topology.explain.judgement import Finding, Judgement

KIND = "nvidia-smi-list"
GPU = re.compile(r"^[ \t]*GPU (\d{1,4}): (.+?)\s*\(UUID: (GPU-[^)\s]*)\)?\s*$", re.MULTILINE)
"""A GPU's line: its index, its name, its UUID."""
_MIG = re.compile(r"^[ \t]*MIG .+\(UUID: MIG-", re.MULTILINE)


def matches(text: str) -> bool:
    """Whether a line names a GPU with its UUID."""
    return GPU.search(text) is not None


def judge(text: str) -> Judgement:
    """How many GPUs there are; links are not in it."""
    gpus = GPU.findall(text)
    mig = len(_MIG.findall(text))
    findings = [*failures.found(text), *listing.gaps(int(index) for index, _, _ in gpus)]
    if mig:
        message = f"{counted(mig, 'MIG instance')}: no peer access and no NVLink for these GPUs"
        findings.append(Finding("info", "MIG", message))
    for index in _twice([index for index, _, _ in gpus]):
        findings.append(Finding("warning", f"GPU {index}", "named twice: two outputs in one file?"))
    return Judgement(
        kind=KIND,
        gpus=len({index for index, _, _ in gpus}),
        findings=tuple(findings),
        uuids=listing.uuids(uuid for _, _, uuid in gpus),
    )


def _twice(indices: list[str]) -> list[str]:
    return sorted({index for index in indices if indices.count(index) > 1}, key=int)
