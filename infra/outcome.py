"""What a run did: values that the runner makes and the ledger and reports print."""

from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["ok", "failed", "unreachable", "skipped"]


@dataclass(frozen=True)
class OperationOutcome:
    """One operation: its name for the operator, whether it changed (in a plan: would), seconds."""

    name: str
    changed: bool
    seconds: float
    ok: bool = True
    disrupts: str | None = None
    """What stops serving with it, where it changed (in a plan: would change) something."""


@dataclass(frozen=True)
class RoleOutcome:
    """One role on one node, its operations in order."""

    role: str
    operations: tuple[OperationOutcome, ...] = ()
    seconds: float = 0.0
    error: str | None = None
    refused: bool = False
    """Whether it stopped because the node may not be disrupted now."""
    went_back_to: str | None = None
    """What ran before and was brought back when the role failed."""

    @property
    def changed(self) -> int:
        """How many operations changed something."""
        return sum(done.changed for done in self.operations)

    @property
    def disruptions(self) -> tuple[str, ...]:
        """What stops serving, each thing once."""
        found = (done.disrupts for done in self.operations if done.disrupts is not None)
        return tuple(dict.fromkeys(found))

    @property
    def unchanged(self) -> int:
        """How many found everything as promised."""
        return sum(done.ok and not done.changed for done in self.operations)


@dataclass(frozen=True)
class FileDifference:
    """A file that was or would be written: its path and a unified diff, secrets masked."""

    path: str
    text: str


@dataclass(frozen=True)
class NodeOutcome:
    """One node: its status, its roles in order, what it cost, and what went wrong."""

    node: str
    group: str
    status: Status
    roles: tuple[RoleOutcome, ...] = ()
    seconds: float = 0.0
    round_trips: int = 0
    error: str | None = None
    rebooted: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    """Sentences on what else happened: a stale deploy taken over, a node that stays out."""
    differences: tuple[FileDifference, ...] = field(default=(), repr=False)

    @property
    def changed(self) -> int:
        """How many operations changed something."""
        return sum(role.changed for role in self.roles)

    @property
    def disruptions(self) -> tuple[str, ...]:
        """What stopped serving (in a plan: would), each thing once."""
        return tuple(dict.fromkeys(why for role in self.roles for why in role.disruptions))

    @property
    def unchanged(self) -> int:
        """How many found everything as promised."""
        return sum(role.unchanged for role in self.roles)

    def as_json(self) -> dict[str, Any]:
        """The node's entry in the JSON of a deploy; seconds are wall time."""
        return {
            "node": self.node,
            "group": self.group,
            "status": self.status,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "seconds": round(self.seconds, 3),
            "round_trips": self.round_trips,
            "error": self.error,
            "rebooted": list(self.rebooted),
            "disruptions": list(self.disruptions),
            "remarks": list(self.remarks),
            "roles": [_role_json(role) for role in self.roles],
        }


def _role_json(role: RoleOutcome) -> dict[str, Any]:
    return {
        "role": role.role,
        "changed": role.changed,
        "unchanged": role.unchanged,
        "seconds": round(role.seconds, 3),
        "error": role.error,
        "went_back_to": role.went_back_to,
        "operations": [
            {"operation": done.name, "changed": done.changed, "seconds": round(done.seconds, 3)}
            for done in role.operations
        ],
    }
