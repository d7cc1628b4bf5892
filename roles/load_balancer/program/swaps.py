"""Swaps: a spare is a full member in the place of a node that is dead."""

from typing import Any

from roles.load_balancer.program.commands import REFUSED, USAGE, need_known, now, why_away
from roles.load_balancer.program.files import Failed, locked
from roles.load_balancer.program.members import Members
from roles.load_balancer.program.publishing import need_ours, publish
from roles.load_balancer.program.roles import canaries_of, is_in, swap_with
from roles.load_balancer.program.showing import shown_after
from roles.load_balancer.program.state import State, state_at, with_hold, without_hold

_PLACE = "swap"


def swap(members: Members, dead: str, spare: str, *, by: str) -> dict[str, Any]:
    """The spare serves as a full member from now on, and the dead node gets nothing."""
    with locked(members.lock):
        state = state_at(members.state)
        for node in (dead, spare):
            need_known(members, state, node)
        if state["swaps"].get(dead, {}).get("spare") != spare:
            _need_fit(members, state, dead, spare)
        need_ours(members)
        publish(members, _swapped(state, dead, spare, by=by))
    return shown_after(members, arrivals=True)


def unswap(members: Members, dead: str) -> dict[str, Any]:
    """The spare stands by again and the node's hold is lifted; no error when nothing is swapped."""
    with locked(members.lock):
        state = state_at(members.state)
        if dead not in state["swaps"]:
            need_known(members, state, dead)
        need_ours(members)
        left = {name: entry for name, entry in state["swaps"].items() if name != dead}
        publish(members, without_hold({**state, "swaps": left}, dead, owner=_PLACE))
    return shown_after(members)


def _swapped(state: State, dead: str, spare: str, *, by: str) -> State:
    since = state["swaps"].get(dead, {}).get("since", now())
    entry = {"spare": spare, "by": by, "since": since}
    reason = f"{spare} serves in its place"
    hold = {"owner": _PLACE, "reason": reason, "by": by, "since": since}
    return with_hold({**state, "swaps": {**state["swaps"], dead: entry}}, dead, hold=hold)


def _need_fit(members: Members, state: State, dead: str, spare: str) -> None:
    if not any(one.spare for one in members.servers_of(spare)):
        raise Failed(f"{spare} is no spare", status=USAGE)
    for node in (dead, spare):
        if swap_with(state, node):
            other = swap_with(state, node)
            raise Failed(f"{node} is part of a swap already; infra-rotation unswap {other}")
    if canaries_of(state, spare):
        raise Failed(f"{spare} is a canary; promote or abort it first")
    lacking = {pool.model for pool in members.pools_of(dead)}
    lacking -= {pool.model for pool in members.pools_of(spare)}
    if lacking or dead == spare:
        what = ", ".join(sorted(lacking)) or "anything in its own place"
        raise Failed(f"{spare} does not serve {what}", status=USAGE)
    if not is_in(state, spare):
        raise Failed(f"the spare cannot serve: {why_away(state, spare)}", status=REFUSED)
