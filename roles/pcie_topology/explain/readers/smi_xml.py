"""`nvidia-smi -q -x`: the log of all attributes as XML, schemas v8 to v13."""

import re
from collections.abc import Iterator

from roles.pcie_topology.explain import smi_verdict
from roles.pcie_topology.explain.address import number
from roles.pcie_topology.explain.judgement import Judgement
from roles.pcie_topology.explain.markup import Element, elements
from roles.pcie_topology.explain.smi_gpu import SmiGpu, gathered

KIND = "nvidia-smi-q-xml"

_ATTACHED = re.compile(r"<attached_gpus>\s*(\d{1,4})\b")
_NAMES = {
    "product_name": "name",
    "uuid": "uuid",
    "pci_device_id": "pci.device_id",
    "performance_state": "pstate",
    "persistence_mode": "persistence_mode",
    "current_mig": "mig.mode.current",
    "gpu_recovery_action": "gpu_recovery_action",
    "virtualization_mode": "virtualization",
    "max_link_gen": "pcie.link.gen.max",
    "current_link_gen": "pcie.link.gen.current",
    "device_current_link_gen": "pcie.link.gen.gpucurrent",
    "max_device_link_gen": "pcie.link.gen.gpumax",
    "max_host_link_gen": "pcie.link.gen.hostmax",
    "max_link_width": "pcie.link.width.max",
    "current_link_width": "pcie.link.width.current",
    "replay_counter": "pcie.replay",
    "gpu_util": "utilization.gpu",
    "fb_memory_usage/total": "memory.total",
    "bar1_memory_usage/total": "bar1.total",
    "volatile/sram_uncorrectable": "ecc.errors.uncorrected.volatile",
    "volatile/dram_uncorrectable": "ecc.errors.uncorrected.volatile",
    "volatile/sram_uncorrectable_parity": "ecc.errors.uncorrected.volatile",
    "volatile/sram_uncorrectable_secded": "ecc.errors.uncorrected.volatile",
    "aggregate/dram_uncorrectable": "ecc.errors.uncorrected.aggregate",
    "multiple_single_bit_retirement/retired_count": "retired_pages.single_bit_ecc",
    "double_bit_retirement/retired_count": "retired_pages.double_bit",
    "retired_pages/pending_blacklist": "retired_pages.pending",
    "retired_pages/pending_retirement": "retired_pages.pending_retirement",
    "remapped_row_unc": "remapped_rows.uncorrectable",
    "remapped_row_pending": "remapped_rows.pending",
    "remapped_row_failure": "remapped_rows.failure",
    "fabric/state": "fabric.state",
    "fabric/status": "fabric.status",
}


def matches(text: str) -> bool:
    """Whether it is nvidia-smi's XML, or a part of one that holds a GPU."""
    return "<nvidia_smi_log" in text or "<pci_gpu_link_info>" in text


def judge(text: str) -> Judgement:
    """Lanes of every GPU as its link section tells, and what else a GPU complains of."""
    attached = _ATTACHED.search(text)
    shown = smi_verdict.Shown(
        gpus=tuple(_gpus(text)),
        promised=number(attached.group(1)) if attached else None,
        missing="" if "</nvidia_smi_log>" in text else "its end",
        trouble=smi_verdict.trouble(re.sub(r"<[^<>]*>", "\n", text).splitlines()),
        speaks_of_links=True,
    )
    return smi_verdict.judgement(KIND, shown)


def _gpus(text: str) -> Iterator[SmiGpu]:
    pairs: list[tuple[str, str]] = []
    for element in elements(text):
        if element.name == "gpu" and "id" in element.attributes:
            if pairs:
                yield gathered(pairs)
            pairs = [("pci.bus_id", element.attributes["id"])]
        elif pairs and "mig_devices" not in element.path:
            pairs.append((_name(element), element.text))
    if pairs:
        yield gathered(pairs)


def _name(element: Element) -> str:
    inner = "/".join(element.path[-2:])
    return _NAMES.get(inner) or _NAMES.get(element.name) or inner
