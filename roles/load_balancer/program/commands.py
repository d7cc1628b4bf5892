"""Commands: what can be asked of rotation, each answered with JSON."""

import datetime
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from roles.load_balancer.program.connections import (
    Connection,
    connections_of,
    ends_of,
    towards,
)
from roles.load_balancer.program.files import Failed, locked, text_of, write
from roles.load_balancer.program.members import Members
from roles.load_balancer.program.nginx import asked, master_of, workers_of
from roles.load_balancer.program.publishing import need_ours, proven, publish
from roles.load_balancer.program.settling import await_arrivals
from roles.load_balancer.program.state import (
    State,
    good_copy,
    holds_on,
    parse_state,
    state_at,
    state_of,
    state_text,
    with_hold,
    without_hold,
)

USAGE, REFUSED = 2, 3


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
    return {"nodes": nodes | _strays(members, state)}


def hold(
    members: Members, node: str, *, owner: str, reason: str, by: str, keep_in: int = 0
) -> dict[str, Any]:
    """A hold put; afterwards nginx chooses the node for nothing new."""
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    with locked(members.lock):
        state = state_at(members.state)
        need_known(members, state, node)
        _refuse_if_too_few(members, state, node, keep_in=keep_in)
        need_ours(members)
        given = {"owner": owner, "reason": reason, "by": by, "since": now}
        publish(members, with_hold(state, node, hold=given))
    return _shown_after(members, arrivals=True)


def lift(members: Members, node: str, *, owner: str) -> dict[str, Any]:
    """An owner's hold lifted; one that is not there is no error."""
    with locked(members.lock):
        state = state_at(members.state)
        need_known(members, state, node)
        need_ours(members)
        publish(members, without_hold(state, node, owner=owner))
    return _shown_after(members)


def apply(members: Members) -> dict[str, Any]:
    """The members as they are now in use; who is held stays held."""
    with locked(members.lock):
        publish(members, state_at(members.state))
    return _shown_after(members)


def restore(members: Members) -> dict[str, Any]:
    """The last state that nginx had taken up is the state again; what was there is kept aside."""
    with locked(members.lock):
        text = text_of(good_copy(members.state))
        if text is None:
            raise Failed(f"{good_copy(members.state)} is not there; {members.state} must be mended")
        try:
            state = parse_state(text)
        except ValueError as problem:
            raise Failed(f"{good_copy(members.state)} cannot be read: {problem}") from problem
        if text_of(members.state) is not None:
            os.replace(members.state, f"{members.state}.broken")
        write(members.state, state_text(state))
        publish(members, state)
    return _shown_after(members)


def verify(members: Members) -> dict[str, Any]:
    """Whether nginx runs with these members and this state; Failed when not."""
    if not proven(members, state_at(members.state)):
        raise Failed("nginx does not run with these members and holds: infra-rotation apply")
    return {"proven": True}


def need_known(members: Members, state: State, node: str) -> None:
    """Failed when a node is none of this balancer's, and was none that is still held."""
    if node not in members.nodes and not holds_on(state, node):
        known = ", ".join(members.nodes) or "none"
        raise Failed(f"{node} is no member here; there are: {known}", status=USAGE)


def _refuse_if_too_few(members: Members, state: State, node: str, *, keep_in: int) -> None:
    if state_of(state, node) != "in":
        return
    for pool in members.pools_of(node):
        others = dict.fromkeys(one.node for one in pool.servers if one.node != node)
        away = [name for name in others if state_of(state, name) != "in"]
        if len(others) - len(away) < keep_in:
            told = "; ".join(_why_away(state, name) for name in away) or "there is no other"
            raise Failed(
                f"{node} stays in: of {pool.model} {keep_in} other nodes are to stay in, "
                f"{len(others) - len(away)} would ({told})",
                status=REFUSED,
            )


def _why_away(state: State, node: str) -> str:
    reasons = ", ".join(f"{one['owner']}: {one['reason']}" for one in holds_on(state, node))
    return f"{node} is {state_of(state, node)}, {reasons}"


def _shown(
    members: Members, state: State, node: str, found: tuple[Connection, ...]
) -> dict[str, Any]:
    return {
        "state": state_of(state, node),
        "holds": holds_on(state, node),
        "in_flight": len(towards(found, ends=ends_of(members.servers_of(node)))),
        "pools": [pool.model for pool in members.pools_of(node)],
    }


def _shown_after(members: Members, *, arrivals: bool = False) -> dict[str, Any]:
    try:
        if arrivals:
            await_arrivals(members)
        return show(members)
    except (Failed, OSError) as problem:
        raise Failed(f"this is in force, but what is under way cannot be told: {problem}") from None


def _strays(members: Members, state: State) -> dict[str, dict[str, Any]]:
    held = {name: holds_on(state, name) for name in state["nodes"] if name not in members.nodes}
    return {
        name: {"state": "out", "holds": holds, "in_flight": 0, "pools": []}
        for name, holds in held.items()
        if holds
    }


def _answers(members: Members, node: str) -> bool:
    servers = members.servers_of(node)
    return all(
        asked(one.address, one.port, path="/health", seconds=5.0)[0] == 200 for one in servers
    )
