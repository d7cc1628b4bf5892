"""What each role asked of each node last time, so that it can be asked in one round trip."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra import place
from infra.files import write_atomic

Question = tuple[str, str]
_MOST = 200
"""A role that asks more than this is not predicted."""


@dataclass
class Memory:
    """Questions by node and role; read and written beside the inventory's runs."""

    path: Path
    asked: dict[str, dict[str, list[Question]]] = field(default_factory=dict)

    def of(self, node: str, role: str) -> list[Question]:
        """What a role asked of a node last time."""
        return [(asker, text) for asker, text in self.asked.get(node, {}).get(role, ())]

    def keep(self, node: str, role: str, questions: Sequence[Question]) -> None:
        """Remember what a role asked this time."""
        if len(questions) <= _MOST:
            self.asked.setdefault(node, {})[role] = list(questions)

    def save(self) -> None:
        """Write what is remembered."""
        write_atomic(self.path, json.dumps(self.asked), mode=0o600)


def remembered(inventory: Path) -> Memory:
    """The memory of an inventory; an unreadable one is empty, since it only saves time."""
    path = place.of(inventory) / "questions.json"
    try:
        return Memory(path=path, asked=json.loads(path.read_text()))
    except (OSError, ValueError):
        return Memory(path=path)
