"""ACS: whether bridges above GPUs send peer-to-peer traffic up to the root complex.

Redirection makes copies between GPUs slow, or lets them hang. Its bits are request redirect,
completion redirect, upstream forwarding and egress control; source validation alone does no harm,
and direct translated P2P is not a redirection. Linux turns redirection on at every port when it
finds an IOMMU. It costs something below a switch that GPUs share: what goes from one root port to
another goes by the root complex anyway (Linux, drivers/pci/p2pdma.c).
"""

from itertools import combinations

from roles.pcie_topology.tree import Function, Tree

UNIT = "infra-acs-off.service"
SCRIPT = "/usr/local/lib/infra/acs-off"
REDIRECT = {0x04: "ReqRedir", 0x08: "CmpltRedir", 0x10: "UpstreamFwd", 0x20: "EgressCtrl"}


def redirecting(bridge: Function) -> tuple[str, ...]:
    """Names of a bridge's redirection bits that are on, as lspci writes them."""
    on = bridge.access.on if bridge.access is not None else 0
    return tuple(name for bit, name in REDIRECT.items() if on & bit)


def faults(tree: Tree, *, promised: str) -> list[str]:
    """Sentences on the bridges above GPUs that redirect: all, or those that make a difference."""
    judged = tree.bridges if promised == "off" else between(tree)
    return [
        f"bridge {bridge.bdf} above {_cards(tree, bridge)}: {' '.join(f'{bit}+' for bit in bits)}"
        for bridge in judged
        if (bits := redirecting(bridge))
    ]


def between(tree: Tree) -> tuple[Function, ...]:
    """The bridges that what goes from GPU to GPU passes without need of the root complex."""
    found = {}
    for one, other in combinations(tree.gpus, 2):
        shared = sum(1 for a, b in zip(one.path, other.path, strict=False) if a.bdf == b.bdf)
        if shared:
            ways = (*one.path[shared - 1 :], *other.path[shared - 1 :])
            found.update({bridge.bdf: bridge for bridge in ways})
    return tuple(bridge for bridge in tree.bridges if bridge.bdf in found)


def not_judged(tree: Tree, *, promised: str) -> str | None:
    """Why redirection says nothing of this host; None when it is a fault.

    What the inventory wants off is off, whatever else is true.
    """
    if promised == "ignored":
        return "pcie_topology.acs is ignored"
    if promised == "off":
        return None
    if tree.is_guest:
        return f"a guest ({tree.virtual}): guests need ACS, and their ports are not real"
    if len(tree.gpus) < 2:
        return "no two GPUs that could talk to each other"
    if not between(tree):
        return "no two GPUs share a switch: what they tell each other goes by the root complex"
    return None


def _cards(tree: Tree, bridge: Function) -> str:
    return ", ".join(gpu.label for gpu in tree.below(bridge.bdf))
