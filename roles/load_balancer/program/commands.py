"""Commands about holds and about what is in force, each answered with JSON."""

import datetime
import os
from typing import Any

from roles.load_balancer.program.files import Failed, locked, text_of, write
from roles.load_balancer.program.members import Members
from roles.load_balancer.program.publishing import need_ours, proven, publish
from roles.load_balancer.program.roles import canary_in, is_in, others_of
from roles.load_balancer.program.showing import shown_after
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


def hold(
    members: Members, node: str, *, owner: str, reason: str, by: str, keep_in: int = 0
) -> dict[str, Any]:
    """A hold put; afterwards nginx chooses the node for nothing new."""
    with locked(members.lock):
        state = state_at(members.state)
        need_known(members, state, node)
        _refuse_if_too_few(members, state, node, keep_in=keep_in)
        need_ours(members)
        given = {"owner": owner, "reason": reason, "by": by, "since": now()}
        publish(members, with_hold(state, node, hold=given))
    return shown_after(members, arrivals=True)


def lift(members: Members, node: str, *, owner: str) -> dict[str, Any]:
    """An owner's hold lifted; one that is not there is no error."""
    with locked(members.lock):
        state = state_at(members.state)
        need_known(members, state, node)
        if owner == "swap" and node in state["swaps"]:
            raise Failed(f"a spare serves in its place; infra-rotation unswap {node}", status=USAGE)
        need_ours(members)
        publish(members, without_hold(state, node, owner=owner))
    return shown_after(members)


def apply(members: Members) -> dict[str, Any]:
    """The members as they are now in use; who is held stays held."""
    with locked(members.lock):
        publish(members, state_at(members.state))
    return shown_after(members)


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
    return shown_after(members)


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


def why_away(state: State, node: str) -> str:
    """What keeps a node out, for a sentence."""
    reasons = ", ".join(f"{one['owner']}: {one['reason']}" for one in holds_on(state, node))
    return f"{node} is {state_of(state, node)}, {reasons}"


def now() -> str:
    """UTC, ISO 8601."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


def _refuse_if_too_few(members: Members, state: State, node: str, *, keep_in: int) -> None:
    if not is_in(state, node):
        return
    for pool in members.pools_of(node):
        others = others_of(state, pool, node)
        away = [name for name in others if not is_in(state, name)]
        if len(others) - len(away) < keep_in:
            canary = canary_in(state, pool)
            reasons = [why_away(state, name) for name in away]
            if canary is not None and canary["node"] != node:
                reasons.append(f"{canary['node']} is its canary: promote or abort it")
            told = "; ".join(reasons) or "there is no other"
            raise Failed(
                f"{node} stays in: of {pool.model} {keep_in} other nodes are to stay in, "
                f"{len(others) - len(away)} would ({told})",
                status=REFUSED,
            )
