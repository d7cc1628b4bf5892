"""Whether the promised GPUs are there, each in its slot."""

from roles.pcie_topology.promised import Manifest, PromisedGpu
from roles.pcie_topology.tree import Gpu, Tree


def missing(tree: Tree, *, manifest: Manifest | None, count: int | None) -> list[str]:
    """Sentences on promised GPUs that the bus does not show anywhere."""
    if not tree.gpus:
        return ["the PCI bus shows no NVIDIA GPU"]
    if manifest is None:
        there = len(tree.gpus)
        short = count is not None and there < count
        return [f"the PCI bus shows {there} of {count} GPUs: {_list(tree)}"] if short else []
    found = matches(tree, manifest=manifest)
    return [
        f"{gpu.label}: not on the bus, the manifest of {manifest.learned} has it; look at its seat "
        "and power, and at slot and riser"
        for gpu in manifest.gpus
        if gpu.bdf not in found
    ]


def moved(tree: Tree, *, manifest: Manifest) -> list[str]:
    """Sentences on promised GPUs that are in another slot, or behind other bridges or memory."""
    found = matches(tree, manifest=manifest)
    pairs = ((gpu, found.get(gpu.bdf)) for gpu in manifest.gpus)
    wrong = [_difference(gpu, now) for gpu, now in pairs if now is not None]
    known = {gpu.bdf for gpu in found.values()}
    strangers = [gpu.label for gpu in tree.gpus if gpu.bdf not in known]
    new = [f"{label}: not in the manifest" for label in strangers]
    return [sentence for sentence in wrong if sentence] + new


def matches(tree: Tree, *, manifest: Manifest) -> dict[str, Gpu]:
    """The GPU that each promised one is now, by promised address.

    By UUID where a driver tells it; else by address and card, then by card alone.
    """
    left = list(tree.gpus)
    found: dict[str, Gpu] = {}
    for same in (_same_uuid, _same_place, _same_card):
        for gpu in manifest.gpus:
            now = next((one for one in left if gpu.bdf not in found and same(gpu, one)), None)
            if now is not None:
                found[gpu.bdf] = now
                left.remove(now)
    return found


def _same_uuid(gpu: PromisedGpu, now: Gpu) -> bool:
    return bool(gpu.uuid) and now.driver is not None and now.driver.uuid == gpu.uuid


def _same_place(gpu: PromisedGpu, now: Gpu) -> bool:
    """A newer card has no name before its driver tells it."""
    return now.bdf == gpu.bdf and (now.name == gpu.card or now.name.startswith("10de:"))


def _same_card(gpu: PromisedGpu, now: Gpu) -> bool:
    told = now.driver is not None and bool(gpu.uuid)
    return not told and now.name == gpu.card


def _difference(gpu: PromisedGpu, now: Gpu) -> str:
    if now.bdf != gpu.bdf:
        return f"{gpu.label}: now at {now.label}"
    if _is_another(gpu, now):
        return f"{gpu.label}: another card of that kind is there"
    path = tuple(one.bdf for one in now.way)
    if gpu.path and path != gpu.path:
        return f"{gpu.label}: behind {' '.join(path[:-1])}, not {' '.join(gpu.path[:-1])}"
    numa = now.function.numa
    if numa != gpu.numa and -1 not in (numa, gpu.numa):
        return f"{gpu.label}: on NUMA node {numa}, not {gpu.numa}"
    return ""


def _is_another(gpu: PromisedGpu, now: Gpu) -> bool:
    return bool(gpu.uuid) and now.driver is not None and now.driver.uuid != gpu.uuid


def _list(tree: Tree) -> str:
    return ", ".join(gpu.label for gpu in tree.gpus)
