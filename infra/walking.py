"""A reached node's roles, in order; what ran before, where one fails; back into rotation."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType

import gevent
from gevent.lock import BoundedSemaphore

from infra import gatekeeper
from infra.deploying import HeldError
from infra.outcome import NodeOutcome, RoleOutcome
from infra.role import Settings, load
from infra.runner import Revert, run_revert, run_role
from infra.secrets import SecretError
from infra.stage import FAILURES, ConnectError, connected, is_alive
from infra.transport import Connector
from infra.walk import Walk, ended, said

_IMPATIENCE_SECONDS = 20.0
"""How long a node that failed, and went back to nothing, is asked whether it still serves."""
_GONE_SECONDS = 60.0
"""A node that takes no connection for that long is not waited for, whatever its engine needs."""


def walked(walk: Walk) -> NodeOutcome:
    """Outcome of a reached node's roles, in rotation again where it was taken out."""
    try:
        return _back(walk, _outcome(walk))
    except HeldError as problem:
        walk.wave.taken_over(walk.node.name)
        return ended(walk, "failed", f"{walk.at}: {problem}")


def _outcome(walk: Walk) -> NodeOutcome:
    try:
        return _roles(walk)
    except SecretError as problem:
        return ended(walk, "failed", str(problem))
    except FAILURES as problem:
        return ended(walk, "failed", f"{walk.at}: {said(walk, problem)}")


def _back(walk: Walk, outcome: NodeOutcome) -> NodeOutcome:
    if walk.options.dry_run:
        return _planned(walk, outcome)
    walk.at = "back into rotation"
    ok = outcome.status == "ok"
    comes_back = ok or any(role.went_back_to is not None for role in outcome.roles)
    seconds = float(_patience(walk)) if comes_back else _IMPATIENCE_SECONDS
    away = walk.wave.after(
        walk.node.name,
        ok=ok,
        answers=lambda: _answers(walk, seconds=seconds),
        shut=lambda: gatekeeper.shut(walk) if ok else gatekeeper.fallen_short(walk),
        whole=_serving_roles(walk) <= {role.role for role in outcome.roles},
    )
    if away is not None and ok and away.failed:
        return replace(outcome, status="failed", error=away.text)
    told = () if away is None else (away.text,)
    outcome = replace(outcome, remarks=(*outcome.remarks, *told))
    return gatekeeper.settled(walk, outcome) if ok else outcome


def _planned(walk: Walk, outcome: NodeOutcome) -> NodeOutcome:
    """A plan's outcome with what would keep the deploy from it now."""
    why = "; ".join(outcome.disruptions)
    serves = why and walk.node.name in walk.wave.serving
    outside = walk.wave.permit.outside(walk.node.name, why=why) if serves else None
    return outcome if outside is None else replace(outcome, remarks=(*outcome.remarks, outside))


def _roles(walk: Walk) -> NodeOutcome:
    for role in walk.node.settings:
        if walk.options.roles and role not in walk.options.roles:
            continue
        walk.roles.append(_role(walk, role))
        if walk.roles[-1].error is not None and not walk.options.dry_run:
            walk.roles[-1] = _went_back(walk, walk.roles[-1])
        done = walk.roles[-1]
        walk.events.role(walk.node.name, done)
        if done.error is not None:
            return ended(walk, "skipped" if done.refused else "failed", f"{role}: {done.error}")
    return ended(walk, "ok", None)


def _role(walk: Walk, role: str) -> RoleOutcome:
    node, part = walk.node, load(role).part("operations")
    if part is None:
        return RoleOutcome(role=role)
    walk.at = f"{role}: reading the host"
    with connected(node.name, walk.data, wire=walk.wire) as (state, host):
        _ask_again(walk, role, host.connector)
        outcome = run_role(
            role,
            part.apply,
            node.settings[role],
            state=state,
            host=host,
            dry_run=walk.options.dry_run,
            on_operation=lambda operation, at, of: _begin(walk, role, operation, at=at, of=of),
            on_disruption=lambda why: _leave(walk, why),
        )
    walk.memory.keep(node.name, role, walk.wire.asked)
    return outcome


def _leave(walk: Walk, why: str) -> None:
    walk.wave.before(
        walk.node.name,
        why=why,
        answers=lambda: _answers(walk, seconds=0),
        aside=lambda: _without_slot(walk.slots),
    )
    if walk.lease is not None:  # its turn may have come hours later
        walk.lease.keep()
    walk.wire.answers.clear()


@contextmanager
def _without_slot(slots: BoundedSemaphore) -> Iterator[None]:
    slots.release()
    try:
        yield
    finally:
        slots.acquire()


def _went_back(walk: Walk, failed: RoleOutcome) -> RoleOutcome:
    """The failed role's outcome, with what ran before brought back where that is possible."""
    revert = getattr(load(failed.role).part("operations"), "revert", None)
    if revert is None or not is_alive(walk.wire):
        return failed
    walk.at = f"{failed.role}: going back to what ran before"
    walk.wire.problem = None
    try:
        words, outcome = _reverted(walk, failed.role, revert)
    except FAILURES as problem:
        words, outcome = None, RoleOutcome(failed.role, error=said(walk, problem))
    done = (*failed.operations, *outcome.operations)
    if outcome.error is not None:
        error = f"{failed.error} / Going back to what ran before failed too: {outcome.error}"
        return replace(failed, operations=done, error=error)
    if words is None:
        return failed
    error = f"{failed.error} / Went back to {words}."
    return replace(failed, operations=done, error=error, went_back_to=words)


def _reverted(walk: Walk, role: str, revert: Revert) -> tuple[str | None, RoleOutcome]:
    with connected(walk.node.name, walk.data, wire=walk.wire) as (state, host):
        return run_revert(
            role,
            revert,
            walk.node.settings[role],
            state=state,
            host=host,
            on_operation=lambda name, at, of: _begin(walk, role, name, at=at, of=of),
            on_disruption=lambda why: _leave(walk, why),
        )


def _answers(walk: Walk, *, seconds: float) -> bool:
    """Whether what the node serves completes a token within so many seconds; at least one try."""
    deadline, reached = time.monotonic() + seconds, time.monotonic()
    while True:
        try:
            if _answers_now(walk):
                return True
            reached = time.monotonic()
        except ConnectError:
            pass
        except FAILURES:
            reached = time.monotonic()
        if time.monotonic() >= min(deadline, reached + _GONE_SECONDS):
            return False
        gevent.sleep(0.5)


def _answers_now(walk: Walk) -> bool:
    if walk.lease is not None:  # the answer decides about rotation, which may be another's by now
        walk.lease.keep()
    asked = [part.question(settings) for part, settings in _serving(walk)]
    with connected(walk.node.name, walk.data, wire=walk.wire) as (_, host):
        connector = host.connector
        return isinstance(connector, Connector) and all(
            connector.answer(question, seconds=90.0).status == 0 for question in asked
        )


def _patience(walk: Walk) -> int:
    """Seconds that what the node serves may take until it answers."""
    return max((part.patience(settings) for part, settings in _serving(walk)), default=0)


def _serving_roles(walk: Walk) -> set[str]:
    return {role for role in walk.node.settings if load(role).part("serving") is not None}


def _serving(walk: Walk) -> Iterator[tuple[ModuleType, Settings]]:
    for role, settings in walk.node.settings.items():
        part = load(role).part("serving")
        if part is not None:
            yield part, settings


def _begin(walk: Walk, role: str, operation: str, *, at: int, of: int) -> None:
    walk.at = f"{role}: {operation}"
    if walk.lease is not None:
        walk.lease.keep()
    walk.events.operation(walk.node.name, role, operation, at=at, of=of)


def _ask_again(walk: Walk, role: str, connector: object) -> None:
    """Ask in one round trip what the role asked of this node last time."""
    predicted = walk.memory.of(walk.node.name, role)
    password = walk.data.get("_sudo_password")
    if len(predicted) > 1 and isinstance(connector, Connector):
        connector.prefetch(predicted, password=str(password) if password else None)
