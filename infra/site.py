"""Site: every node of an inventory, its roles in order, their validated settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.lab.spec import LabEntry
from infra.role import Settings


@dataclass(frozen=True)
class Node:
    """One host of an inventory and what it is promised."""

    name: str
    group: str
    """The first deploy that claims it."""
    address: str
    """Where SSH finds it: `ssh_hostname`, or its name."""
    settings: Mapping[str, Settings]
    """Validated settings by role, in the order in which the roles run."""
    connection: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What pyinfra's SSH connector is given: `ssh_*` and `_sudo*`."""
    groups: tuple[str, ...] = ()
    """Every group of the inventory that it is in."""
    lab: LabEntry | None = None
    """What the lab is asked to start; None for a host that is there already."""


@dataclass(frozen=True)
class Site:
    """An inventory: its nodes in the order of its file."""

    name: str
    file: Path
    nodes: tuple[Node, ...]

    def offering(self, role: str) -> tuple[Node, ...]:
        """The nodes that have a role, in the inventory's order."""
        return tuple(node for node in self.nodes if role in node.settings)
