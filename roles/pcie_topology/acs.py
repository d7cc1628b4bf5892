"""ACS: whether bridges above GPUs send peer-to-peer traffic up to the root complex.

Redirection makes copies between GPUs slow, or lets them hang. Its bits are request redirect,
completion redirect, upstream forwarding and egress control; source validation alone does no harm,
and direct translated P2P is not a redirection.
"""

from roles.pcie_topology.tree import Function, Tree

UNIT = "infra-acs-off.service"
SCRIPT = "/usr/local/lib/infra/acs-off"
REDIRECT = {0x04: "ReqRedir", 0x08: "CmpltRedir", 0x10: "UpstreamFwd", 0x20: "EgressCtrl"}


def redirecting(bridge: Function) -> tuple[str, ...]:
    """Names of a bridge's redirection bits that are on, as lspci writes them."""
    on = bridge.access.on if bridge.access is not None else 0
    return tuple(name for bit, name in REDIRECT.items() if on & bit)


def faults(tree: Tree) -> list[str]:
    """Sentences on the bridges above GPUs that redirect."""
    return [
        f"bridge {bridge.bdf} above {_cards(tree, bridge)}: {' '.join(f'{bit}+' for bit in bits)}"
        for bridge in tree.bridges
        if (bits := redirecting(bridge))
    ]


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
    return None


def _cards(tree: Tree, bridge: Function) -> str:
    return ", ".join(gpu.label for gpu in tree.below(bridge.bdf))
