"""The first half of a drill: out of rotation, wiped, installed, reached by its new host key."""

import time
from collections.abc import Mapping
from pathlib import Path

import gevent

from infra import hooks, rotator
from infra.drill import pinned
from infra.drill.plan import Hook
from infra.drill.work import Drill, StageError
from infra.wording import counted

OWNER = "drill"
"""Whose hold keeps the node out from its drain to its end."""
_REASON = "rebuild drill"
_PAUSE_SECONDS = 1.0
_SSH_PORT = 22


def drain(drill: Drill) -> str:
    """Held by the drill on every balancer, its requests finished."""
    node, seen = drill.node.name, drill.balancers.rotation() if drill.balancers else {}
    if not rotator.known(node, seen):
        return "no balancer knows it"
    was_in = any(view.state == "in" for view in rotator.views(node, seen))
    keep = drill.keep if was_in else 0
    drill.balancers.hold(node, owner=OWNER, reason=_REASON, by=drill.holder.person, keep=keep)
    settled = drill.balancers.settle(node, seconds=drill.drain_seconds)
    left = f", {settled.left} cut after {drill.drain_seconds} s" if settled.left else ""
    return f"{counted(settled.finished, 'request')} finished{left}"


def wipe(drill: Drill) -> str:
    """Nothing of what was promised is left on the node."""
    _run(drill, drill.driver.wipe, stage="wipe")
    return "the lab makes it anew" if drill.driver.name == "lab" else ""


def install(drill: Drill) -> str:
    """A bare system on the node, its new host keys pinned."""
    if drill.driver.install is not None:
        _run(drill, drill.driver.install, stage="install")
    if drill.driver.host_key is None:
        return "done with the wipe"
    keys = pinned.keys_of(_run(drill, drill.driver.host_key, stage="host_key"))
    connection = drill.node.connection
    port = int(connection.get("ssh_port", _SSH_PORT))
    at = Path(str(connection["ssh_known_hosts_file"]))
    pinned.pin(at, address=drill.node.address, port=port, keys=keys)
    return f"{counted(len(keys), 'new host key')} pinned"


def reach(drill: Drill) -> str:
    """The new system takes our login under the new host key, and we are root there."""
    deadline = time.monotonic() + drill.plan.reachable_seconds
    while True:
        asked = drill.session(drill.node)
        asked.open()
        asked.close()
        if asked.problem is None:
            return ""
        if _is_final(asked.problem):
            raise StageError(f"{drill.node.name}: {asked.problem}")
        if time.monotonic() > deadline:
            waited = f"{drill.plan.reachable_seconds} s"
            raise StageError(f"{drill.node.name}: not reachable within {waited}: {asked.problem}")
        gevent.sleep(_PAUSE_SECONDS)


def _is_final(problem: str) -> bool:
    """Whether waiting does not help: the login works, but not as root; or the key is another."""
    return "without root" in problem or "host key" in problem.lower()


def _run(drill: Drill, hook: Hook, *, stage: str) -> tuple[str, ...]:
    variables = variables_of(drill, stage=stage)
    return hooks.run(hook.argv, variables=variables, seconds=hook.seconds, hear=drill.hear)


def variables_of(drill: Drill, *, stage: str) -> Mapping[str, str]:
    """What a hook learns from its environment."""
    return {"NODE": drill.node.name, "ADDRESS": drill.node.address, "STAGE": stage}
