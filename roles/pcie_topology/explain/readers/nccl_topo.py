"""NCCL's topology file: one given to it for a virtual machine, or one that it dumped.

Its link_width and link_speed are what the links can do, so that they prove no lanes.
"""

import re
from collections import Counter
from collections.abc import Sequence

from roles.gpu_driver.cards import Card, by_pci_id, is_gpu
from roles.pcie_topology.explain.address import number, sysfs_address
from roles.pcie_topology.explain.judgement import Finding, Judgement, Nvlink
from roles.pcie_topology.explain.markup import Element, elements

KIND = "nccl-topo-xml"


def matches(text: str) -> bool:
    """Whether it is a system of CPUs and PCI devices as NCCL writes it."""
    return bool(re.search(r"<system\b", text) and re.search(r"<(cpu|pci)\b", text))


def judge(text: str) -> Judgement:
    """GPUs and the NUMA nodes they hang at, and NVLinks where a dump tells them."""
    found = list(elements(text))
    gpus = [element for element in found if _is_gpu(element)]
    cut = "</system>" not in text
    nvlink, of_links = _nvlinks(gpus, found)
    return Judgement(
        kind=KIND,
        gpus=len(gpus),
        nvlink="unknown" if cut and nvlink == "present" else nvlink,
        findings=(*_cut(cut), *_nodes(gpus, found), *of_links),
        cards={_bus(gpu): card.name for gpu in gpus if (card := _card(gpu)) and _bus(gpu)},
    )


def _is_gpu(element: Element) -> bool:
    code = re.fullmatch(r"0x([0-9a-fA-F]{6})", element.attributes.get("class", ""))
    return element.name == "pci" and code is not None and is_gpu(int(code[1], 16))


def _bus(gpu: Element) -> str:
    return sysfs_address(gpu.attributes.get("busid", ""))


def _card(gpu: Element) -> Card | None:
    return by_pci_id(gpu.attributes.get("device", ""))


def _cut(cut: bool) -> tuple[Finding, ...]:
    if not cut:
        return ()
    return (Finding("warning", "output", "is cut: its end", "dump it again"),)


def _nodes(gpus: Sequence[Element], found: Sequence[Element]) -> tuple[Finding, ...]:
    """How many GPUs hang at each NUMA node."""
    cpus = {cpu.number: cpu.attributes.get("numaid", "?") for cpu in found if cpu.name == "cpu"}
    at = Counter(cpus[above] for gpu in gpus for above in gpu.above if above in cpus)
    if not at:
        return ()
    message = ", ".join(f"{count} at node {node}" for node, count in at.items())
    return (Finding("info", "GPUs", f"by NUMA node: {message}"),)


def _nvlinks(
    gpus: Sequence[Element], found: Sequence[Element]
) -> tuple[Nvlink, tuple[Finding, ...]]:
    links = [element for element in found if element.name == "nvlink"]
    if not links or not gpus:
        return "n/a", ()
    counts = {
        gpu.number: sum(_count(link) for link in links if gpu.number in link.above) for gpu in gpus
    }
    cards = [_card(gpu) for gpu in gpus]
    expected = [card.nvlinks if card else 0 for card in cards]
    most = max(counts.values())
    short = [
        Finding(
            "error",
            f"GPU {_bus(gpu)}",
            f"{counts[gpu.number]} of {max(most, full)} NVLinks",
            "reseat it",
        )
        for gpu, full in zip(gpus, expected, strict=True)
        if counts[gpu.number] < max(most, full)
    ]
    if short:
        return "degraded", tuple(short)
    return "present" if all(expected) else "unknown", ()


def _count(link: Element) -> int:
    return number(link.attributes.get("count")) or 0
