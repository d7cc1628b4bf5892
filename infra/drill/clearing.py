"""The first half of a drill: out of rotation, wiped, installed, reached by its new host key."""

import time
from collections.abc import Mapping
from pathlib import Path

import gevent

from infra import hooks, rotator
from infra.drill import pinned
from infra.drill.beginning import deploying
from infra.drill.plan import Hook
from infra.drill.work import OWNER, Drill, StageError
from infra.wording import counted

_REASON = "rebuild drill"
_PAUSE_SECONDS = 1.0
_SSH_PORT = 22


def leave(drill: Drill) -> str:
    """Out of rotation, and nobody deploys it when it is about to be wiped."""
    note = drain(drill)
    if "wipe" not in drill.running.done:
        refuse_deployed(drill)
    return note


def drain(drill: Drill) -> str:
    """Held by the drill on every balancer, its requests finished."""
    node, seen = drill.node.name, drill.balancers.rotation() if drill.balancers else {}
    if not rotator.known(node, seen):
        return "no balancer knows it"
    was_in = any(view.state == "in" for view in rotator.views(node, seen))
    keep = drill.keep if was_in else 0
    person = drill.holder.person
    drill.running.holding(person)
    drill.balancers.hold(node, owner=OWNER, reason=_REASON, by=person, keep=keep)
    settled = drill.balancers.settle(node, seconds=drill.drain_seconds)
    left = f", {settled.left} cut after {drill.drain_seconds} s" if settled.left else ""
    return f"{counted(settled.finished, 'request')} finished{left}"


def refuse_deployed(drill: Drill) -> None:
    """StageError when somebody deploys the node: it is not wiped under their hands."""
    asked = drill.session(drill.node)
    busy = deploying(asked, remarks=asked.remarks)
    if busy is not None:
        raise StageError(f"{busy}; drill it afterwards")


def wipe(drill: Drill) -> str:
    """Nothing of what was promised is left on the node."""
    _run(drill, drill.driver.wipe, stage="wipe")
    return "the lab makes it anew" if drill.driver.name == "lab" else ""


def install(drill: Drill) -> str:
    """A bare system on the node."""
    if drill.driver.install is None:
        return "done with the wipe"
    _run(drill, drill.driver.install, stage="install")
    return ""


def reach(drill: Drill) -> str:
    """The new system takes our login under its new host keys, we are root there, and it is bare.

    The driver is asked for the keys each time: what was pinned by mistake does not stay.
    """
    note = _pinned(drill)
    deadline = time.monotonic() + drill.plan.reachable_seconds
    while True:
        asked = drill.session(drill.node)
        asked.open()
        asked.close()
        if asked.problem is None:
            _refuse_not_clean(drill, promised=asked.standing.promised)
            return note
        if _is_final(asked.problem):
            raise StageError(f"{drill.node.name}: {asked.problem}")
        if time.monotonic() > deadline:
            waited = f"{drill.plan.reachable_seconds} s"
            raise StageError(f"{drill.node.name}: not reachable within {waited}: {asked.problem}")
        gevent.sleep(_PAUSE_SECONDS)


def _pinned(drill: Drill) -> str:
    if drill.driver.host_key is None:
        return ""
    keys = pinned.keys_of(_run(drill, drill.driver.host_key, stage="host_key"))
    connection = drill.node.connection
    port = int(connection.get("ssh_port", _SSH_PORT))
    at = Path(str(connection["ssh_known_hosts_file"]))
    pinned.pin(at, address=drill.node.address, port=port, keys=keys)
    return f"{counted(len(keys), 'new host key')} pinned"


def _refuse_not_clean(drill: Drill, *, promised: str) -> None:
    """A wipe that did nothing proves nothing, and a deploy of what is there would hide it."""
    if promised:
        raise StageError(
            f"{drill.node.name} is no bare system: it knows what an earlier deploy promised it, so "
            f"it was not wiped, or somebody deployed it since; see to its `wipe`, then give this "
            f"drill up and begin anew"
        )


def _is_final(problem: str) -> bool:
    """Whether waiting does not help: the login works, but not as root; or the key is another."""
    return "without root" in problem or "host key" in problem.lower()


def _run(drill: Drill, hook: Hook, *, stage: str) -> tuple[str, ...]:
    try:
        return hooks.run(
            hook.argv,
            variables=variables_of(drill, stage=stage),
            seconds=hook.seconds,
            hear=drill.hear,
            began=drill.running.runs,
        )
    finally:
        drill.running.runs("")


def variables_of(drill: Drill, *, stage: str) -> Mapping[str, str]:
    """What a hook learns from its environment."""
    return {"NODE": drill.node.name, "ADDRESS": drill.node.address, "STAGE": stage}
