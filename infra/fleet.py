"""Walks every node through its roles, side by side; a node that fails stops alone."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import gevent
from gevent.lock import BoundedSemaphore

from infra import questions
from infra.connection import opened
from infra.difference import shown
from infra.interrupt import joined
from infra.outcome import NodeOutcome, RoleOutcome, Status
from infra.role import load
from infra.runner import FAILURES, connected, run_role, unsupported
from infra.secrets import SecretError
from infra.site import Node
from infra.transport import Connector
from infra.wire import Exchange, Wire


class Events(Protocol):
    """Who wants to know what happens while it happens."""

    def operation(self, node: str, role: str, operation: str, *, at: int, of: int) -> None:
        """A node begins an operation."""

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
class _Walk:
    node: Node
    options: Options
    events: Events
    memory: questions.Memory
    wire: Wire
    roles: list[RoleOutcome] = field(default_factory=list)
    started: float | None = None
    at: str = "connecting"

    @property
    def seconds(self) -> float:
        """Wall time of this node so far."""
        return time.monotonic() - self.started if self.started is not None else 0.0


def deploy(
    nodes: Sequence[Node], *, options: Options, events: Events, memory: questions.Memory
) -> list[NodeOutcome]:
    """Outcome of every node, in the order given; those that an interrupt found say where."""
    slots = BoundedSemaphore(max(1, options.parallel))
    walks = [_prepared(node, options=options, events=events, memory=memory) for node in nodes]
    greenlets = [gevent.spawn(_walk, walk, slots) for walk in walks]
    joined(greenlets)
    return [_end_of(walk, greenlet) for walk, greenlet in zip(walks, greenlets, strict=True)]


def _end_of(walk: _Walk, greenlet: gevent.Greenlet) -> NodeOutcome:
    if isinstance(greenlet.value, NodeOutcome):
        return greenlet.value
    if greenlet.exception is not None:
        fault = f"{type(greenlet.exception).__name__}: {greenlet.exception}"
        return _ended(walk, "failed", f"{walk.at}: a fault of infra's own: {fault}")
    return _interrupted(walk)


def _prepared(node: Node, *, options: Options, events: Events, memory: questions.Memory) -> _Walk:
    wire = Wire(
        listen=lambda exchange: events.exchange(node.name, exchange),
        reboot_seconds=options.reboot_seconds,
        may_reboot=options.may_reboot,
        wants_differences=options.differences,
    )
    return _Walk(node=node, options=options, events=events, memory=memory, wire=wire)


def _walk(walk: _Walk, slots: BoundedSemaphore) -> NodeOutcome:
    with slots:
        walk.started = time.monotonic()
        outcome = _outcome(walk)
        if walk.wire.client is not None:
            walk.wire.client.close()
        walk.events.node(outcome)
        return outcome


def _interrupted(walk: _Walk) -> NodeOutcome:
    if walk.started is None:
        return _ended(walk, "skipped", "interrupted before it began")
    return _ended(walk, "failed", f"{walk.at}: interrupted; the next deploy goes on from there")


def _outcome(walk: _Walk) -> NodeOutcome:
    try:
        data = opened(walk.node.connection)
        if walk.options.accept_new_host_keys:
            data["ssh_strict_host_key_checking"] = "accept-new"
        refused = unsupported(walk.node.name, data, wire=walk.wire)
        if refused is not None:
            return _ended(walk, "failed", refused)
        return _roles(walk, data)
    except SecretError as problem:
        return _ended(walk, "failed", str(problem))
    except FAILURES as problem:
        said = walk.wire.problem or str(problem) or type(problem).__name__
        return _ended(walk, "failed" if walk.roles else "unreachable", said)


def _roles(walk: _Walk, data: dict[str, object]) -> NodeOutcome:
    for role in walk.node.settings:
        if walk.options.roles and role not in walk.options.roles:
            continue
        outcome = _role(walk, role, data)
        walk.roles.append(outcome)
        walk.events.role(walk.node.name, outcome)
        if outcome.error is not None:
            return _ended(walk, "failed", f"{role}: {outcome.error}")
    return _ended(walk, "ok", None)


def _role(walk: _Walk, role: str, data: dict[str, object]) -> RoleOutcome:
    node, part = walk.node, load(role).part("operations")
    if part is None:
        return RoleOutcome(role=role)
    walk.at = f"{role}: reading the host"
    with connected(node.name, data, wire=walk.wire) as (state, host):
        _ask_again(walk, role, host.connector, password=data.get("_sudo_password"))
        outcome = run_role(
            role,
            part.apply,
            node.settings[role],
            state=state,
            host=host,
            dry_run=walk.options.dry_run,
            on_operation=lambda operation, at, of: _begin(walk, role, operation, at=at, of=of),
        )
    walk.memory.keep(node.name, role, walk.wire.asked)
    return outcome


def _begin(walk: _Walk, role: str, operation: str, *, at: int, of: int) -> None:
    walk.at = f"{role}: {operation}"
    walk.events.operation(walk.node.name, role, operation, at=at, of=of)


def _ask_again(walk: _Walk, role: str, connector: object, *, password: object) -> None:
    """Ask in one round trip what the role asked of this node last time."""
    predicted = walk.memory.of(walk.node.name, role)
    if len(predicted) > 1 and isinstance(connector, Connector):
        connector.prefetch(predicted, password=str(password) if password else None)


def _ended(walk: _Walk, status: Status, error: str | None) -> NodeOutcome:
    return NodeOutcome(
        node=walk.node.name,
        group=walk.node.group,
        status=status,
        roles=tuple(walk.roles),
        seconds=walk.seconds,
        round_trips=walk.wire.round_trips,
        error=error,
        rebooted=tuple(walk.wire.rebooted),
        differences=tuple(shown(difference) for difference in walk.wire.differences),
    )
