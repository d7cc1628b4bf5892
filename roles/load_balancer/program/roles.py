"""Roles of nodes in their pools: full members, spares that stand by, one canary a model."""

from typing import Any

from roles.load_balancer.program.members import Pool, Server
from roles.load_balancer.program.state import State, state_of


def stands_by(state: State, server: Server) -> bool:
    """Whether it is asked only when the others are full or gone: a spare in nobody's place."""
    swapped = {entry["spare"] for entry in state.get("swaps", {}).values()}
    return server.spare and server.node not in swapped


def canary_in(state: State, pool: Pool) -> dict[str, Any] | None:
    """The pool's canary; None without one, or when it is the only node that the pool has."""
    entry: dict[str, Any] | None = state.get("canary", {}).get(pool.model)
    if entry is None:
        return None
    names = {one.node for one in pool.servers}
    return entry if entry["node"] in names and len(names) > 1 else None


def others_of(state: State, pool: Pool, node: str) -> tuple[str, ...]:
    """Names of the nodes that could serve a pool's requests without `node`: no canary."""
    canary = canary_in(state, pool)
    away = {node} if canary is None else {node, canary["node"]}
    return tuple(dict.fromkeys(one.node for one in pool.servers if one.node not in away))


def canaries_of(state: State, node: str) -> tuple[str, ...]:
    """Models that a node is the canary of."""
    entries = state.get("canary", {}).items()
    return tuple(model for model, entry in entries if entry["node"] == node)


def swap_with(state: State, node: str) -> str:
    """The dead node whose place a spare has taken, or that is out for a spare; else empty."""
    for dead, entry in state.get("swaps", {}).items():
        if node in (dead, entry["spare"]):
            return str(dead)
    return ""


def is_in(state: State, node: str) -> bool:
    """Whether nobody holds it."""
    return state_of(state, node) == "in"
