"""The beginning and the end of a node's way: reached and ours, recorded and free for others."""

import contextlib
import time
from dataclasses import replace

import gevent

from infra import gate, node_state
from infra.connection import opened
from infra.deploying import HeldError, Lease, LeaseError
from infra.masked import masked
from infra.outcome import NodeOutcome
from infra.secrets import SecretError
from infra.stage import FAILURES, ConnectError, connected, unsupported
from infra.transport import Connector
from infra.walk import Walk, ended, said

_TAKES_NONE = "Unable to connect to port"
"""What paramiko says of a host that refuses, or that nothing leads to."""
_PROMISE_SECONDS = 20.0


def reached(walk: Walk) -> NodeOutcome | None:
    """Connect, and look whether infra deploys such a host; an outcome ends the node's way."""
    walk.started = time.monotonic()
    try:
        walk.data = opened(walk.node.connection)
        if walk.options.accept_new_host_keys:
            walk.data["ssh_strict_host_key_checking"] = "accept-new"
        refused = _looked(walk)
    except SecretError as problem:
        return ended(walk, "failed", str(problem))
    except FAILURES as problem:
        return ended(walk, "unreachable", said(walk, problem))
    return None if refused is None else ended(walk, "failed", refused)


def _looked(walk: Walk) -> str | None:
    """Why infra does not deploy such a host; one that may be booting is tried again for a while."""
    deadline = time.monotonic() + walk.options.connect_seconds
    while True:
        try:
            return unsupported(walk.node.name, walk.data, wire=walk.wire)
        except ConnectError as problem:
            if _TAKES_NONE not in str(problem) or time.monotonic() >= deadline:
                raise
        gevent.sleep(1)


def taken(walk: Walk) -> NodeOutcome | None:
    """Take the lease of a reached node; an outcome ends the node's way."""
    try:
        with connected(walk.node.name, walk.data, wire=walk.wire) as (_, host):
            if isinstance(host.connector, Connector):
                walk.lease = Lease(host.connector, holder=walk.holder)
                remark = walk.lease.take()
                walk.remarks += [remark] if remark is not None else []
                _promise(walk, host.connector)
    except HeldError as problem:
        walk.held = str(problem)
        return ended(walk, "skipped", walk.held)
    except LeaseError as problem:
        return ended(walk, "failed", str(problem))
    except FAILURES as problem:
        return ended(walk, "unreachable", said(walk, problem))
    return None


def _promise(walk: Walk, connector: Connector) -> None:
    """Learn where the node stands; a whole deploy tells it what it is promised from now on.

    Until it is proven by that promise, it may not come back from a reboot into rotation.
    """
    asking, line = gate.standing_command(), ""
    if not walk.options.roles:
        line = node_state.promised(walk.node.settings, inventory=walk.inventory, holder=walk.holder)
        asking = f"{asking}; {node_state.promise_command()}"
    answer = connector.answer(asking, seconds=_PROMISE_SECONDS, stdin=line)
    walk.standing = gate.parse(answer.stdout.decode(errors="replace"))


def _is_as_it_was(walk: Walk, outcome: NodeOutcome) -> bool:
    """Whether a failed deploy left a node untouched; one that was judged is judged by its promise.

    Else no check could open the gate again that was shut for what it is promised now.
    """
    untouched = not outcome.changed and not walk.options.roles and walk.gate is None
    return outcome.status != "ok" and untouched


def _take_back(walk: Walk) -> None:
    """A node that was left as it is keeps what it was promised, and may boot anew and serve."""
    with connected(walk.node.name, walk.data, wire=walk.wire) as (_, host):
        if isinstance(host.connector, Connector):
            host.connector.answer(node_state.take_back_command(), seconds=_PROMISE_SECONDS)


def released(walk: Walk, outcome: NodeOutcome) -> NodeOutcome:
    """The outcome, recorded on the node, which is free for others now."""
    if walk.lease is None or walk.held is not None:
        return outcome
    if _is_as_it_was(walk, outcome):
        with contextlib.suppress(*FAILURES):
            _take_back(walk)
    record = node_state.deployed(
        outcome, settings=walk.node.settings, inventory=walk.inventory, holder=walk.holder
    )
    record = str(masked(record))
    remark = walk.lease.release(record=record)
    return outcome if remark is None else replace(outcome, remarks=(*outcome.remarks, remark))
