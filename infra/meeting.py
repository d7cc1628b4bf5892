"""The beginning and the end of a node's way: reached and ours, recorded and free for others."""

import time
from dataclasses import replace

import gevent

from infra.connection import opened
from infra.deploying import HeldError, Lease, LeaseError
from infra.masked import masked
from infra.node_state import deployed
from infra.outcome import NodeOutcome
from infra.secrets import SecretError
from infra.stage import FAILURES, ConnectError, connected, unsupported
from infra.transport import Connector
from infra.walk import Walk, ended, said

_TAKES_NONE = "Unable to connect to port"
"""What paramiko says of a host that refuses, or that nothing leads to."""


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
    except HeldError as problem:
        walk.held = str(problem)
        return ended(walk, "skipped", walk.held)
    except LeaseError as problem:
        return ended(walk, "failed", str(problem))
    except FAILURES as problem:
        return ended(walk, "unreachable", said(walk, problem))
    return None


def released(walk: Walk, outcome: NodeOutcome) -> NodeOutcome:
    """The outcome, recorded on the node, which is free for others now."""
    if walk.lease is None or walk.held is not None:
        return outcome
    record = deployed(
        outcome, settings=walk.node.settings, inventory=walk.inventory, holder=walk.holder
    )
    record = str(masked(record))
    remark = walk.lease.release(record=record)
    return outcome if remark is None else replace(outcome, remarks=(*outcome.remarks, remark))
