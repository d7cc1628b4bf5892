"""A spare in a node's place: which spare may take it, as the inventory and balancers have it."""

from collections.abc import Collection, Mapping, Sequence

from infra.mistakes import nearest
from infra.rotation import Rotated, Told, holds_of
from infra.wording import listed

OWNER = "swap"
"""Whose hold keeps a node out while a spare has its place."""


def misfit(
    dead: str, spare: str, *, pools: Mapping[str, Sequence[str]], spares: Collection[str]
) -> str | None:
    """Why the inventory has no such swap; None when it has."""
    served = list(dict.fromkeys(name for members in pools.values() for name in members))
    for name in (dead, spare):
        if name not in served:
            return f"{name}: gets no requests from a balancer{nearest(name, served)}"
    if spare not in spares:
        known = ", ".join(spares) or "none; add one to spare_nodes"
        return f"{spare}: is no spare; those that are: {known}"
    if dead in spares:
        return f"{dead}: is a spare itself; name the node whose place {spare} is to take"
    lacking = [
        model for model, members in pools.items() if dead in members and spare not in members
    ]
    return f"{spare}: does not serve {listed(lacking)}, which {dead} does" if lacking else None


def unready(dead: str, spare: str, *, told: Mapping[str, Told]) -> str | None:
    """Why balancers cannot put the spare there now; None when they can, or already have."""
    for name, said in told.items():
        for node in (dead, spare):
            if node not in said.nodes:
                return f"{name} does not know {node} yet; deploy it first"
    for out, swap in (pair for said in told.values() for pair in said.swaps.items()):
        if out == dead and swap.spare != spare:
            return f"{swap.spare} serves in the place of {dead} already"
        if swap.spare == spare and out != dead:
            return f"{spare} serves in the place of {out} already"
    holds = holds_of(said.nodes[spare] for said in told.values())
    if holds:
        return f"{spare} is held by {holds[0].owner}: {holds[0].reason} ({holds[0].by})"
    return None


def swapped(dead: str, spare: str, *, told: Mapping[str, Told]) -> bool:
    """Whether every balancer has the spare in the node's place already."""
    found = [said.swaps.get(dead) for said in told.values()]
    return bool(found) and all(swap is not None and swap.spare == spare for swap in found)


def in_place_of(dead: str, *, told: Mapping[str, Told]) -> str | None:
    """The spare that any balancer has in the node's place; None without one."""
    found = (said.swaps.get(dead) for said in told.values())
    return next((swap.spare for swap in found if swap is not None), None)


def kept_out(node: str, *, told: Mapping[str, Told]) -> tuple[str, ...]:
    """Who holds a node still, other than a swap."""
    views: list[Rotated] = [said.nodes[node] for said in told.values() if node in said.nodes]
    return tuple(hold.owner for hold in holds_of(views) if hold.owner != OWNER)
