"""One node's way through its roles: reached, deployed role by role, put back into rotation."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

import gevent
from gevent.lock import BoundedSemaphore

from infra import questions
from infra.connection import opened
from infra.deploying import HeldError, Holder, Lease, LeaseError
from infra.difference import shown
from infra.node_state import deployed
from infra.outcome import NodeOutcome, RoleOutcome, Status
from infra.role import Settings, load
from infra.runner import run_revert, run_role
from infra.secrets import SecretError
from infra.site import Node
from infra.stage import FAILURES, connected, is_alive, unsupported
from infra.transport import Connector
from infra.wave import Wave
from infra.wire import Exchange, Wire


class Events(Protocol):
    """Who wants to know what happens while it happens."""

    def operation(self, node: str, role: str, operation: str, *, at: int, of: int) -> None:
        """A node begins an operation."""

    def note(self, node: str, text: str) -> None:
        """Something happened to a node that is worth a line."""

    def role(self, node: str, outcome: RoleOutcome) -> None:
        """A node ended a role."""

    def node(self, outcome: NodeOutcome) -> None:
        """A node ended."""

    def exchange(self, node: str, exchange: Exchange) -> None:
        """A node made a round trip."""


@dataclass(frozen=True)
class Options:
    """How a deploy is to go."""

    roles: tuple[str, ...] = ()
    """Only these roles; empty: all."""
    parallel: int = 20
    """How many nodes at once."""
    dry_run: bool = False
    differences: bool = False
    may_reboot: bool = True
    reboot_seconds: int = 900
    accept_new_host_keys: bool = False


@dataclass
class Walk:
    """Where a node is on its way."""

    node: Node
    options: Options
    events: Events
    memory: questions.Memory
    wire: Wire
    wave: Wave
    slots: BoundedSemaphore
    holder: Holder
    """Who deploys, as the node is told."""
    inventory: str
    lease: Lease | None = None
    met: NodeOutcome | None = None
    """How it ended before its roles began; None when it did not."""
    held: str | None = None
    """Why the node is left alone: somebody else is at it."""
    roles: list[RoleOutcome] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    started: float | None = None
    at: str = "connecting"
    data: dict[str, object] = field(default_factory=dict, repr=False)
    """Connection data with its secrets read."""

    @property
    def seconds(self) -> float:
        """Wall time of this node so far."""
        return time.monotonic() - self.started if self.started is not None else 0.0


def reached(walk: Walk) -> NodeOutcome | None:
    """Connect, look whether infra deploys such a host, take the lease; an outcome ends the walk."""
    walk.started = time.monotonic()
    try:
        walk.data = opened(walk.node.connection)
        if walk.options.accept_new_host_keys:
            walk.data["ssh_strict_host_key_checking"] = "accept-new"
        refused = unsupported(walk.node.name, walk.data, wire=walk.wire)
        if refused is None and not walk.options.dry_run:
            _take(walk)
    except HeldError as problem:
        walk.held = str(problem)
        return ended(walk, "skipped", walk.held)
    except SecretError as problem:
        return ended(walk, "failed", str(problem))
    except LeaseError as problem:
        return ended(walk, "failed", str(problem))
    except FAILURES as problem:
        return ended(walk, "unreachable", _said(walk, problem))
    return None if refused is None else ended(walk, "failed", refused)


def _take(walk: Walk) -> None:
    with connected(walk.node.name, walk.data, wire=walk.wire) as (_, host):
        if isinstance(host.connector, Connector):
            walk.lease = Lease(host.connector, holder=walk.holder)
            remark = walk.lease.take()
            walk.remarks += [remark] if remark is not None else []


def walked(walk: Walk) -> NodeOutcome:
    """Outcome of a reached node's roles, in rotation again where it was taken out."""
    try:
        outcome = _roles(walk)
    except (SecretError, HeldError) as problem:
        outcome = ended(walk, "failed", str(problem))
    except FAILURES as problem:
        outcome = ended(walk, "failed", f"{walk.at}: {_said(walk, problem)}")
    return _back(walk, outcome)


def released(walk: Walk, outcome: NodeOutcome) -> NodeOutcome:
    """The outcome, recorded on the node, which is free for others now."""
    if walk.lease is None or walk.held is not None:
        return outcome
    record = deployed(
        outcome, settings=walk.node.settings, inventory=walk.inventory, holder=walk.holder
    )
    remark = walk.lease.release(record=record)
    return outcome if remark is None else replace(outcome, remarks=(*outcome.remarks, remark))


def _back(walk: Walk, outcome: NodeOutcome) -> NodeOutcome:
    if walk.options.dry_run:
        return outcome
    walk.at = "back into rotation"
    away = walk.wave.after(
        walk.node.name,
        ok=outcome.status == "ok",
        answers=lambda seconds: _answers(walk, seconds=seconds),
    )
    if away is None:
        return outcome
    if outcome.status == "ok":
        return replace(outcome, status="failed", error=away)
    return replace(outcome, remarks=(*outcome.remarks, away))


def _said(walk: Walk, problem: Exception) -> str:
    return walk.wire.problem or str(problem) or type(problem).__name__


def _roles(walk: Walk) -> NodeOutcome:
    for role in walk.node.settings:
        if walk.options.roles and role not in walk.options.roles:
            continue
        outcome = _role(walk, role)
        if outcome.error is not None and not walk.options.dry_run:
            outcome = _went_back(walk, outcome)
        walk.roles.append(outcome)
        walk.events.role(walk.node.name, outcome)
        if outcome.error is not None:
            return ended(walk, "failed", f"{role}: {outcome.error}")
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
        answers=lambda seconds: _answers(walk, seconds=seconds),
        aside=lambda: _without_slot(walk.slots),
    )


@contextmanager
def _without_slot(slots: BoundedSemaphore) -> Iterator[None]:
    slots.release()
    try:
        yield
    finally:
        slots.acquire()


def _went_back(walk: Walk, failed: RoleOutcome) -> RoleOutcome:
    """The failed role's outcome, with what ran before brought back where that is possible."""
    part = load(failed.role).part("operations")
    revert = getattr(part, "revert", None)
    if revert is None or not is_alive(walk.wire) or not walk.options.may_reboot:
        return failed
    settings: Settings = walk.node.settings[failed.role]
    walk.at = f"{failed.role}: going back to what ran before"
    walk.wire.problem = None
    with connected(walk.node.name, walk.data, wire=walk.wire) as (state, host):
        words, outcome = run_revert(
            failed.role,
            revert,
            settings,
            state=state,
            host=host,
            on_operation=lambda name, at, of: _begin(walk, failed.role, name, at=at, of=of),
        )
    done = (*failed.operations, *outcome.operations)
    if words is None and outcome.error is None:
        return failed
    if outcome.error is not None:
        error = f"{failed.error} / Going back to what ran before failed too: {outcome.error}"
        return replace(failed, operations=done, error=error)
    error = f"{failed.error} / Went back to {words}."
    return replace(failed, operations=done, error=error, went_back_to=words)


def _answers(walk: Walk, *, seconds: float) -> bool:
    """Whether what the node serves completes a token within so many seconds; at least one try."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if _answers_now(walk):
                return True
        except FAILURES:
            pass
        if time.monotonic() >= deadline:
            return False
        gevent.sleep(0.5)


def _answers_now(walk: Walk) -> bool:
    asked = [
        part.question(settings)
        for role, settings in walk.node.settings.items()
        if (part := load(role).part("serving")) is not None
    ]
    with connected(walk.node.name, walk.data, wire=walk.wire) as (_, host):
        connector = host.connector
        return isinstance(connector, Connector) and all(
            connector.answer(question, seconds=90.0).status == 0 for question in asked
        )


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


def ended(walk: Walk, status: Status, error: str | None) -> NodeOutcome:
    """The node's outcome as far as it came."""
    return NodeOutcome(
        node=walk.node.name,
        group=walk.node.group,
        status=status,
        roles=tuple(walk.roles),
        seconds=walk.seconds,
        round_trips=walk.wire.round_trips,
        error=error,
        rebooted=tuple(walk.wire.rebooted),
        remarks=tuple(walk.remarks),
        differences=tuple(shown(difference) for difference in walk.wire.differences),
    )
