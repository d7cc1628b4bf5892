"""Status: what one look at a node tells, and what a role's part `status.py` adds to it.

A part has `command(settings)`, shell text that only reads and ends soon, and
`shown(answer, *, settings)`, which makes Shown of what it printed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from infra.role import load as load_role
from infra.rotation import Told
from infra.site import Node

Word = Literal["good", "bad", "unknown", "plain"]


UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)
"""What parsers raise at an answer that is none: one host's must not hide all others."""


@dataclass(frozen=True)
class Cell:
    """What stands in one column of a node's line; its sign is part of its text."""

    text: str
    word: Word = "plain"


def good(text: str = "") -> Cell:
    """A cell that says all is well."""
    return Cell(f"✓ {text}".strip(), "good")


def bad(text: str) -> Cell:
    """A cell that says what is wrong."""
    return Cell(f"✗ {text}", "bad")


def unknown(text: str) -> Cell:
    """A cell that says what is not known, or not as it should be for now."""
    return Cell(f"? {text}", "unknown")


@dataclass(frozen=True)
class Shown:
    """What a role shows of a host: cells by column, sentences, requests sent to other nodes."""

    cells: Mapping[str, Cell] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    requests: Mapping[str, int] = field(default_factory=dict)
    """How many requests it sent to each node in the last minutes; a balancer's."""


@dataclass(frozen=True)
class Look:
    """What a node answered; times as they are told, UTC, ISO 8601."""

    node: str
    problem: str | None = None
    """Why it could not be asked; None when it answered."""
    since: str = ""
    """When it was first found unreachable; empty when it answers."""
    up_seconds: float | None = None
    boot_id: str = ""
    deploying: str = ""
    """Who deploys it now, in words."""
    records: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Its records in /var/lib/infra by name: last_check, last_deploy, last_drill, gate."""
    rotation: Told | None = None
    """What its rotation program says of nodes, canaries and swaps; None where there is none."""
    shown: Shown = Shown()


def commands(node: Node) -> dict[str, str]:
    """Shell text by role, of the node's roles that show something."""
    parts = ((role, load_role(role).part("status"), kept) for role, kept in node.settings.items())
    return {role: part.command(kept) for role, part, kept in parts if part is not None}


def shown(node: Node, answers: Mapping[str, str]) -> Shown:
    """What a node's roles make of their answers, all together; later roles win a column."""
    cells: dict[str, Cell] = {}
    notes: list[str] = []
    requests: dict[str, int] = {}
    for role, answer in answers.items():
        part = load_role(role).part("status")
        if part is not None:
            try:
                one = part.shown(answer, settings=node.settings[role])
            except UNREADABLE:
                notes.append(f"{role}: what it answered cannot be read")
                continue
            cells |= one.cells
            notes += one.notes
            requests |= one.requests
    return Shown(cells, tuple(notes), requests)
