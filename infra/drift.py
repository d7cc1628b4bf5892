"""Drift: what a deploy would change on nodes that were deployed, as plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.outcome import NodeOutcome
from infra.verdict import UNREACHABLE


@dataclass(frozen=True)
class NodeDrift:
    """What a deploy would change on one node."""

    node: str
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By role the names of operations that would change something; roles without are not here."""
    disruptions: tuple[str, ...] = ()
    """What would stop serving meanwhile."""
    problem: str = ""
    """Why it could not be told, or not to the end; empty when it could."""

    @property
    def changes(self) -> int:
        """How many operations would change something."""
        return sum(len(names) for names in self.roles.values())


@dataclass(frozen=True)
class Drift:
    """What a deploy would change, node by node; seconds are wall time of finding out."""

    nodes: tuple[NodeDrift, ...]
    seconds: float = 0.0

    @property
    def changes(self) -> int:
        """How many operations would change something on all nodes."""
        return sum(node.changes for node in self.nodes)

    @property
    def found(self) -> tuple[NodeDrift, ...]:
        """The nodes on which something would change, or whose plan stopped at a problem.

        Not those that are unreachable: that is a finding of its own.
        """
        return tuple(
            node
            for node in self.nodes
            if node.changes or (node.problem and not node.problem.startswith(UNREACHABLE))
        )

    def as_json(self) -> dict[str, Any]:
        """The drift's entry in the JSON of a check."""
        return {
            "changes": self.changes,
            "seconds": round(self.seconds, 3),
            "nodes": [
                {
                    "node": one.node,
                    "roles": {role: list(names) for role, names in one.roles.items()},
                    "disruptions": list(one.disruptions),
                    "problem": one.problem,
                }
                for one in self.nodes
            ],
        }


def of(outcomes: Iterable[NodeOutcome], *, unreachable: Mapping[str, str], seconds: float) -> Drift:
    """The drift that a dry run found; `unreachable` nodes were not asked again."""
    lost = (NodeDrift(node, problem=why) for node, why in unreachable.items())
    return Drift((*map(_node, outcomes), *lost), seconds)


def _node(outcome: NodeOutcome) -> NodeDrift:
    roles = {
        role.role: tuple(done.name for done in role.operations if done.changed)
        for role in outcome.roles
        if role.changed
    }
    problem = "" if outcome.status == "ok" else outcome.error or outcome.status
    return NodeDrift(outcome.node, roles, outcome.disruptions, problem)
