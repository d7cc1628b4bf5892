"""In which mode the IOMMU stands between GPUs and memory: off, passthrough or translating."""

from typing import Literal

from roles.pcie_topology.tree import Gpu, Tree

Mode = Literal["off", "passthrough", "translating", "unknown"]
_RIGHT = {
    "no_translation": ("off", "passthrough"),
    "off": ("off",),
    "passthrough": ("passthrough",),
}
_WORDS = {"no_translation": "no translation", "off": "off", "passthrough": "passthrough"}
_PASSING = frozenset({"iommu=pt", "iommu.passthrough=1"})
_TO_DO = (
    "boot with iommu=pt (GRUB_CMDLINE_LINUX in /etc/default/grub, update-grub, reboot), or turn "
    "the IOMMU off in the firmware"
)


def mode(gpu: Gpu, *, cmdline: str) -> Mode:
    """The mode for one GPU, by its group's type; where an old kernel tells none, by its orders."""
    group = gpu.function.group
    if group is None:
        return "off"
    if group == "identity":
        return "passthrough"
    if group:
        return "translating"
    return "passthrough" if _PASSING & set(cmdline.split()) else "unknown"


def not_judged(tree: Tree, *, promised: str) -> str | None:
    """Why the mode says nothing of this host; None when it is judged."""
    if promised == "any":
        return "pcie_topology.iommu is any"
    if promised == "no_translation" and tree.is_guest:
        return f"a guest ({tree.virtual}): its IOMMU is not the machine's"
    if promised == "no_translation" and len(tree.gpus) < 2:
        return "no two GPUs that could talk to each other"
    return None


def faults(tree: Tree, *, promised: str) -> list[str]:
    """Sentences on the GPUs for which the IOMMU is in another mode than promised."""
    found = [(gpu, mode(gpu, cmdline=tree.cmdline)) for gpu in tree.gpus]
    wrong = [
        f"{gpu.label}: {_said(gpu, is_so)}"
        for gpu, is_so in found
        if is_so not in (*_RIGHT[promised], "unknown")
    ]
    asked = _WORDS[promised]
    return [f"{'; '.join(wrong)}; promised is {asked}: {_TO_DO}"] if wrong else []


def untold(tree: Tree) -> list[str]:
    """Labels of the GPUs whose mode nothing tells."""
    return [gpu.label for gpu in tree.gpus if mode(gpu, cmdline=tree.cmdline) == "unknown"]


def _said(gpu: Gpu, is_so: Mode) -> str:
    kind = f" (type {gpu.function.group})" if is_so == "translating" else ""
    return f"the IOMMU is {is_so}{kind}"
