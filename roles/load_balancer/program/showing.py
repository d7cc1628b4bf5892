"""Showing: every node as this balancer sees it, its canaries and its swaps."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from roles.load_balancer.program.connections import (
    Connection,
    connections_of,
    ends_of,
    towards,
)
from roles.load_balancer.program.files import Failed
from roles.load_balancer.program.members import Members, Pool
from roles.load_balancer.program.nginx import asked, master_of, workers_of
from roles.load_balancer.program.roles import canary_in
from roles.load_balancer.program.settling import await_arrivals
from roles.load_balancer.program.state import State, holds_on, state_at, state_of


def show(members: Members, *, probe: bool = False) -> dict[str, Any]:
    """Every member's state, holds, requests under way and pools; with `probe` its health.

    Whoever is held and no member any more is out, in no pool.
    """
    state = state_at(members.state)
    found = connections_of(workers_of(master_of(members)))
    nodes = {name: _shown(members, state, name, found) for name in members.nodes}
    if probe:
        with ThreadPoolExecutor(max(1, len(nodes))) as pool:
            answers = list(pool.map(lambda name: _answers(members, name), nodes))
        for name, answer in zip(nodes, answers, strict=True):
            nodes[name]["answers"] = answer
    return {
        "nodes": nodes | _strays(members, state),
        "canary": state["canary"],
        "swaps": state["swaps"],
    }


def shown_after(members: Members, *, arrivals: bool = False) -> dict[str, Any]:
    """The same after a change; Failed says that the change is in force."""
    try:
        if arrivals:
            await_arrivals(members)
        return show(members)
    except (Failed, OSError) as problem:
        raise Failed(f"this is in force, but what is under way cannot be told: {problem}") from None


def _shown(
    members: Members, state: State, node: str, found: tuple[Connection, ...]
) -> dict[str, Any]:
    servers = members.servers_of(node)
    return {
        "state": state_of(state, node),
        "holds": holds_on(state, node),
        "in_flight": len(towards(found, ends=ends_of(servers))),
        "pools": [pool.model for pool in members.pools_of(node)],
        "spare": any(one.spare for one in servers),
        "canary": any(_is_canary(state, pool, node) for pool in members.pools_of(node)),
    }


def _strays(members: Members, state: State) -> dict[str, dict[str, Any]]:
    held = {name: holds_on(state, name) for name in state["nodes"] if name not in members.nodes}
    return {
        name: {"state": "out", "holds": holds, "in_flight": 0, "pools": []}
        for name, holds in held.items()
        if holds
    }


def _is_canary(state: State, pool: Pool, node: str) -> bool:
    canary = canary_in(state, pool)
    return canary is not None and canary["node"] == node


def _answers(members: Members, node: str) -> bool:
    servers = members.servers_of(node)
    return all(
        asked(one.address, one.port, path="/health", seconds=5.0)[0] == 200 for one in servers
    )
