"""One node on its way through a deploy: what it was given, how far it came, how it ended."""

import time
from dataclasses import dataclass, field
from typing import Protocol

from gevent.lock import BoundedSemaphore

from infra import questions
from infra.bench import Bench
from infra.deploying import Lease
from infra.difference import shown
from infra.gate import Gate, Standing
from infra.holder import Holder
from infra.masked import masked
from infra.outcome import NodeOutcome, RoleOutcome, Status
from infra.site import Node
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
    connect_seconds: int = 0
    """How long a host that takes no connection is tried again: it may be booting."""
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
    bench: Bench
    """Who judges whether the node may serve."""
    lease: Lease | None = None
    met: NodeOutcome | None = None
    """How it ended before its roles began; None when it did not."""
    held: str | None = None
    """Why the node is left alone: somebody else is at it."""
    standing: Standing = field(default_factory=Standing)
    """Where the node stood when it was taken."""
    gate: Gate | None = None
    """What it was judged to be on this way; None before."""
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


def said(walk: Walk, problem: Exception) -> str:
    """What went wrong on the node's connection, in words."""
    return str(masked(walk.wire.problem or str(problem) or type(problem).__name__))
