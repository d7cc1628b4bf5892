"""`nvidia-smi -q`, whole or with -d: an indented list of sections for each GPU."""

import re
from collections.abc import Iterator
from itertools import pairwise

from roles.pcie_topology.explain import smi_verdict
from roles.pcie_topology.explain.address import SHAPE, number
from roles.pcie_topology.explain.judgement import Judgement
from roles.pcie_topology.explain.smi_gpu import SmiGpu, gathered

KIND = "nvidia-smi-q"

_GPU = re.compile(rf"\s*GPU {SHAPE}\s*")
_VALUE = re.compile(r"(\s*)(\S.*?)\s+:(?:\s+(.*))?")
_ATTACHED = re.compile(r"^[ \t]*Attached GPUs[ \t]*: *(\d{1,4})\b", re.MULTILINE)
_DEPTH = 8
_LONGEST = 400
_NAMES = {
    "product name": "name",
    "gpu uuid": "uuid",
    "performance state": "pstate",
    "persistence mode": "persistence_mode",
    "mig mode/current": "mig.mode.current",
    "gpu recovery action": "gpu_recovery_action",
    "gpu virtualization mode/virtualization mode": "virtualization",
    "pci/device id": "pci.device_id",
    "pci/gpu link info/pcie generation/max": "pcie.link.gen.max",
    "pci/gpu link info/pcie generation/current": "pcie.link.gen.current",
    "pci/gpu link info/pcie generation/device current": "pcie.link.gen.gpucurrent",
    "pci/gpu link info/pcie generation/device max": "pcie.link.gen.gpumax",
    "pci/gpu link info/pcie generation/host max": "pcie.link.gen.hostmax",
    "pci/gpu link info/link width/max": "pcie.link.width.max",
    "pci/gpu link info/link width/current": "pcie.link.width.current",
    "pci/replays since reset": "pcie.replay",
    "utilization/gpu": "utilization.gpu",
    "fb memory usage/total": "memory.total",
    "bar1 memory usage/total": "bar1.total",
    "ecc errors/volatile/sram uncorrectable": "ecc.errors.uncorrected.volatile",
    "ecc errors/volatile/dram uncorrectable": "ecc.errors.uncorrected.volatile",
    "ecc errors/volatile/sram uncorrectable parity": "ecc.errors.uncorrected.volatile",
    "ecc errors/volatile/sram uncorrectable sec-ded": "ecc.errors.uncorrected.volatile",
    "ecc errors/aggregate/dram uncorrectable": "ecc.errors.uncorrected.aggregate",
    "retired pages/single bit ecc": "retired_pages.single_bit_ecc",
    "retired pages/double bit ecc": "retired_pages.double_bit",
    "retired pages/pending page blacklist": "retired_pages.pending",
    "remapped rows/uncorrectable error": "remapped_rows.uncorrectable",
    "remapped rows/pending": "remapped_rows.pending",
    "remapped rows/remapping failure occurred": "remapped_rows.failure",
    "fabric/state": "fabric.state",
    "fabric/status": "fabric.status",
}


def matches(text: str) -> bool:
    """Whether it is nvidia-smi's log of all attributes, or a part of one."""
    if "NVSMI LOG" in text or _ATTACHED.search(text):
        return True
    return any(_GPU.fullmatch(line) for line in text.splitlines())


def judge(text: str) -> Judgement:
    """Lanes of every GPU as its link section tells, and what else a GPU complains of."""
    lines = text.splitlines()
    gpus = tuple(_gpus(lines))
    attached = _ATTACHED.search(text)
    shown = smi_verdict.Shown(
        gpus=gpus,
        promised=number(attached.group(1)) if attached else None,
        missing="" if attached else "the number of attached GPUs",
        trouble=smi_verdict.trouble(lines),
        # -d leaves the product name out; with it, a missing link section was cut off.
        speaks_of_links=any("name" in gpu.values for gpu in gpus),
    )
    return smi_verdict.judgement(KIND, shown)


def _gpus(lines: list[str]) -> Iterator[SmiGpu]:
    starts = [place for place, line in enumerate(lines) if _GPU.fullmatch(line)]
    for start, end in pairwise((*starts, len(lines))):
        pairs = [("pci.bus_id", lines[start].split()[-1]), *_values(lines[start + 1 : end])]
        yield gathered(pairs)


def _values(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Every value under the name that --query-gpu has for it, else under its sections' names."""
    sections: list[tuple[int, str]] = []
    for line in lines:
        found = _VALUE.fullmatch(line[:_LONGEST])
        indent = len(line) - len(line.lstrip())
        sections = [section for section in sections if section[0] < indent][-_DEPTH:]
        key = found.group(2) if found else line.strip()
        if not found:
            sections.append((indent, key.lower()))
            continue
        path = "/".join((*(name for _, name in sections), key.lower()))
        yield _NAMES.get(path, path), (found.group(3) or "").strip()
