"""BAR1, a GPU's window into its memory: whether it is as large as it was, or as the memory."""

from roles.pcie_topology.promised import Manifest
from roles.pcie_topology.tree import Gpu, Tree

SMALL_MIB = 256
"""BAR1 of a card without Resizable BAR."""
_TO_DO = "turn on Above 4G Decoding and Resizable BAR in the firmware"


def is_promised(*, holds_memory: bool, manifest: Manifest | None) -> bool:
    """Whether anybody promised a size."""
    return holds_memory or (manifest is not None and any(gpu.bar1_mib for gpu in manifest.gpus))


def faults(tree: Tree, *, holds_memory: bool, manifest: Manifest | None) -> list[str]:
    """Sentences on the GPUs whose BAR1 is smaller than promised."""
    found = []
    for gpu in tree.gpus:
        learned = manifest.of(gpu.bdf) if manifest is not None else None
        if learned is not None and gpu.bar1_mib < learned.bar1_mib:
            found.append(_sentence(gpu, f"the manifest says {learned.bar1_mib} MiB"))
        elif holds_memory and gpu.bar1_mib < _least(gpu):
            found.append(_sentence(gpu, "it must hold all of the memory"))
    return found


def untold(tree: Tree, *, holds_memory: bool) -> list[str]:
    """Labels of the GPUs whose memory nobody tells, so that a larger BAR1 proves nothing."""
    return [
        gpu.label
        for gpu in tree.gpus
        if holds_memory and not _memory_mib(gpu) and gpu.bar1_mib > SMALL_MIB
    ]


def _least(gpu: Gpu) -> int:
    return _memory_mib(gpu) or SMALL_MIB + 1


def _memory_mib(gpu: Gpu) -> int:
    return gpu.driver.memory_mib if gpu.driver is not None else 0


def _sentence(gpu: Gpu, promised: str) -> str:
    memory = f" of {_memory_mib(gpu)} MiB memory" if _memory_mib(gpu) else ""
    return f"{gpu.label}: BAR1 is {gpu.bar1_mib} MiB{memory}, {promised}; {_TO_DO}"
