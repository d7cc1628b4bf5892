"""Settling: waiting until a held node has nothing under way."""

import time
from typing import Any

from roles.load_balancer.program.connections import (
    Connection,
    connections_of,
    ends_of,
    towards,
    unassigned,
)
from roles.load_balancer.program.files import Failed, locked
from roles.load_balancer.program.members import Members
from roles.load_balancer.program.nginx import master_of, workers_of
from roles.load_balancer.program.publishing import need_ours, proven, publish
from roles.load_balancer.program.state import as_out, state_at, state_of

_LOOK_SECONDS = 0.05
_DWELL = 4
"""Looks in a row that see nothing, before nothing is believed."""
_ARRIVAL_SECONDS = 2.0


def settle(members: Members, node: str, *, seconds: float) -> dict[str, Any]:
    """Waits until a held node has nothing under way, and calls it out.

    `left` is how many requests were still under way when the time was up.
    """
    _take_up_hold(members, node)
    ends = _ends_there(members, node)
    started = time.monotonic()
    seen: set[Connection] = set()
    quiet = 0
    while quiet < _DWELL:
        there = _under_way(members, ends=ends)
        seen |= there
        left = len(there) + clients_without_node(members)
        quiet = 0 if left else quiet + 1
        if left and time.monotonic() - started >= seconds:
            return _settled(len(seen - there), left, started)
        time.sleep(_LOOK_SECONDS)
    _call_out(members, node)
    return _settled(len(seen), 0, started)


def await_arrivals(members: Members) -> None:
    """Gives requests that came before a reload the moment that they need to get their node."""
    end = time.monotonic() + _ARRIVAL_SECONDS
    while clients_without_node(members) and time.monotonic() < end:
        time.sleep(_LOOK_SECONDS)


def clients_without_node(members: Members) -> int:
    """Clients of workers that shut down which may still be given a node as it was before."""
    workers = workers_of(master_of(members))
    old = [pid for pid, accepts in workers.items() if not accepts]
    if not old:
        return 0
    every = ends_of(one for pool in members.pools for one in pool.servers)
    return sum(unassigned(connections_of([pid]), ends=every) for pid in old)


def _under_way(members: Members, *, ends: frozenset[str]) -> frozenset[Connection]:
    return towards(connections_of(workers_of(master_of(members))), ends=ends)


def _take_up_hold(members: Members, node: str) -> None:
    """An earlier run may have been killed between writing a hold and nginx taking it up."""
    with locked(members.lock):
        _need_held(members, node)
        state = state_at(members.state)
        if not proven(members, state):
            need_ours(members)
            publish(members, state)


def _call_out(members: Members, node: str) -> None:
    with locked(members.lock):
        _need_held(members, node)
        state = state_at(members.state)
        if not proven(members, state):
            raise Failed(f"nginx took up other nodes or holds meanwhile; settle {node} again")
        publish(members, as_out(state, node))


def _ends_there(members: Members, node: str) -> frozenset[str]:
    for one in members.servers_of(node):
        if not ends_of([one]):
            raise Failed(
                f"{one.address} has no address now, so what is under way to {node} cannot be "
                "seen; mend its name, then settle again"
            )
    return ends_of(members.servers_of(node))


def _need_held(members: Members, node: str) -> None:
    if state_of(state_at(members.state), node) == "in":
        raise Failed(f"{node} is in rotation and would never settle; hold it first")


def _settled(finished: int, left: int, started: float) -> dict[str, Any]:
    return {
        "finished": finished,
        "left": left,
        "seconds": round(time.monotonic() - started, 3),
    }
