"""Canaries: a node that gets a share of its model's requests, until it is promoted or aborted."""

import re
from collections.abc import Sequence
from typing import Any

from roles.load_balancer.program.commands import REFUSED, USAGE, need_known, now
from roles.load_balancer.program.files import Failed, locked
from roles.load_balancer.program.members import Members, Pool
from roles.load_balancer.program.publishing import need_ours, publish
from roles.load_balancer.program.roles import (
    canaries_of,
    canary_in,
    is_in,
    others_of,
    stands_by,
    swap_with,
)
from roles.load_balancer.program.showing import shown_after
from roles.load_balancer.program.state import State, state_at, with_hold, without_hold

_OWNER = "canary"
_ENDPOINT = re.compile(r"/v1/[A-Za-z0-9/_.-]+")


def set_canary(
    members: Members, node: str, *, share: float, endpoints: Sequence[str], by: str
) -> dict[str, Any]:
    """The node leaves its pool and gets that share in percent, of those endpoints or of all."""
    _need_sane(share, endpoints)
    with locked(members.lock):
        state = state_at(members.state)
        need_known(members, state, node)
        for pool in members.pools_of(node):
            _need_room(state, pool, node)
        need_ours(members)
        publish(members, _made(members, state, node, share=share, endpoints=endpoints, by=by))
    return shown_after(members, arrivals=True)


def promote_canary(members: Members, node: str) -> dict[str, Any]:
    """The node is one of its pool again; no error when it is already."""
    with locked(members.lock):
        state = state_at(members.state)
        if not canaries_of(state, node):  # one that is no member any more is ended as well
            need_known(members, state, node)
        need_ours(members)
        publish(members, _without(state, node))
    return shown_after(members)


def abort_canary(members: Members, node: str, *, reason: str, by: str) -> dict[str, Any]:
    """The node is no canary any more and gets nothing: it is held until that hold is lifted."""
    with locked(members.lock):
        state = state_at(members.state)
        if not canaries_of(state, node):
            need_known(members, state, node)
        need_ours(members)
        given = {"owner": _OWNER, "reason": reason, "by": by, "since": now()}
        left = _without(state, node)
        # there is nothing to hold of one that is no member any more
        publish(members, with_hold(left, node, hold=given) if node in members.nodes else left)
    return shown_after(members, arrivals=True)


def _made(
    members: Members,
    state: State,
    node: str,
    *,
    share: float,
    endpoints: Sequence[str],
    by: str,
) -> State:
    entry = {
        "node": node,
        "share": share,
        "endpoints": list(dict.fromkeys(endpoints)),
        "by": by,
        "since": now(),
    }
    models = [pool.model for pool in members.pools_of(node)]
    known = state["canary"]
    entries = {model: {**entry, "since": _since(known, model, node, entry)} for model in models}
    return without_hold({**state, "canary": {**known, **entries}}, node, owner=_OWNER)


def _since(known: State, model: str, node: str, entry: dict[str, Any]) -> str:
    earlier = known.get(model, entry)
    return str((earlier if earlier["node"] == node else entry)["since"])


def _without(state: State, node: str) -> State:
    mine = canaries_of(state, node)
    left = {model: one for model, one in state["canary"].items() if model not in mine}
    return {**state, "canary": left}


def _need_sane(share: float, endpoints: Sequence[str]) -> None:
    if not 0.01 <= share <= 100:
        raise Failed(f"a share of {share:g} % is none; give 0.01 to 100", status=USAGE)
    wrong = [one for one in endpoints if not _ENDPOINT.fullmatch(one)]
    if wrong:
        raise Failed(f"{wrong[0]} is no endpoint; give one such as /v1/embeddings", status=USAGE)


def _need_room(state: State, pool: Pool, node: str) -> None:
    found = canary_in(state, pool)
    if found is not None and found["node"] != node:
        raise Failed(f"{found['node']} is the canary of {pool.model}; promote or abort it first")
    if swap_with(state, node):
        raise Failed(f"{node} is part of a swap; infra-rotation unswap {swap_with(state, node)}")
    by_node = {one.node: one for one in pool.servers}
    others = others_of(state, pool, node)
    if not any(is_in(state, name) and not stands_by(state, by_node[name]) for name in others):
        raise Failed(
            f"{node} stays one of its pool: no other full member of {pool.model} is in",
            status=REFUSED,
        )
