"""Rotation: who gets requests. The contract between infra and a balancer's rotation program.

The inventory gives membership; state lies on each balancer and is written by one program there.
A role that balances installs the program and has a part `rotation.py` with `policy(settings)` and
`pools(settings)`; a role that serves has a part `serving.py` with `question(settings)`.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from infra.rotation_commands import PROGRAM as PROGRAM
from infra.rotation_commands import REFUSED as REFUSED
from infra.rotation_commands import canary_abort_command as canary_abort_command
from infra.rotation_commands import canary_promote_command as canary_promote_command
from infra.rotation_commands import canary_set_command as canary_set_command
from infra.rotation_commands import hold_command as hold_command
from infra.rotation_commands import lift_command as lift_command
from infra.rotation_commands import settle_command as settle_command
from infra.rotation_commands import show_command as show_command
from infra.rotation_commands import swap_command as swap_command
from infra.rotation_commands import unswap_command as unswap_command

OPERATOR = "operator"
"""Owner of the holds that a person puts and lifts by hand."""

State = Literal["in", "draining", "out"]


@dataclass(frozen=True)
class Policy:
    """How a pool's nodes may be taken out."""

    max_unavailable: int = 1
    """How many nodes of one pool may be out at the same time."""
    drain_seconds: int = 600
    """How long requests under way may go on before a node is stopped."""
    maintenance_windows: tuple[str, ...] = ()
    """When they may be disrupted, e.g. `Sat,Sun 02:00-06:00 Europe/Berlin`; empty: at any time."""


@dataclass(frozen=True)
class Hold:
    """Why a node is kept out: one hold an owner."""

    owner: str
    """Who may lift it: `operator`, `deploy`, …"""
    reason: str
    by: str
    """Person and machine, `mara@laptop`."""
    since: str
    """UTC, ISO 8601."""


@dataclass(frozen=True)
class Rotated:
    """One node as one balancer sees it."""

    node: str
    state: State
    holds: tuple[Hold, ...] = ()
    in_flight: int = 0
    """Requests under way there, counted as connections from this balancer to the node."""
    pools: tuple[str, ...] = ()
    """Names of the models that it serves here."""
    answers: bool | None = None
    """Whether its engine says that it is healthy; None when that was not asked."""
    spare: bool = False
    """Whether the inventory has it stand by."""
    canary: bool = False
    """Whether it gets a share of its model's requests, and no others."""


@dataclass(frozen=True)
class Canary:
    """The node that gets a share of a model's requests."""

    node: str
    share: float
    """Percent."""
    endpoints: tuple[str, ...]
    """Paths whose requests it gets a share of; none: of all."""
    by: str
    since: str


@dataclass(frozen=True)
class Swap:
    """A spare that serves as a full member in a dead node's place."""

    spare: str
    by: str
    since: str


@dataclass(frozen=True)
class Told:
    """All that a balancer says of rotation."""

    nodes: Mapping[str, Rotated]
    canaries: Mapping[str, Canary]
    """By model."""
    swaps: Mapping[str, Swap]
    """By the node that is out for it."""


@dataclass(frozen=True)
class Settled:
    """What a drain came to on one balancer."""

    finished: int
    """Requests that were under way and ended."""
    left: int
    """Requests that were still under way when the time was up."""
    seconds: float


def parse(text: str) -> dict[str, Rotated]:
    """Every node's state by name, from the answer of `show`, `hold` or `lift`."""
    nodes: Mapping[str, Any] = json.loads(text)["nodes"]
    return {name: _rotated(name, said) for name, said in nodes.items()}


def parse_told(text: str) -> Told:
    """Nodes, canaries and swaps, from the same answers."""
    return Told(parse(text), parse_canaries(text), parse_swaps(text))


def parse_canaries(text: str) -> dict[str, Canary]:
    """Every canary by model, from the same answers."""
    entries: Mapping[str, Any] = json.loads(text).get("canary", {})
    return {
        model: Canary(**{**said, "endpoints": tuple(said["endpoints"])})
        for model, said in entries.items()
    }


def parse_swaps(text: str) -> dict[str, Swap]:
    """Every swap by the node that is out for it, from the same answers."""
    entries: Mapping[str, Any] = json.loads(text).get("swaps", {})
    return {dead: Swap(**said) for dead, said in entries.items()}


def parse_settled(text: str) -> Settled:
    """Settled, from the answer of `settle`."""
    said = json.loads(text)
    return Settled(finished=said["finished"], left=said["left"], seconds=said["seconds"])


def holds_of(said: Iterable[Rotated]) -> tuple[Hold, ...]:
    """What keeps a node out according to its balancers: one hold an owner, the oldest."""
    holds = sorted((hold for one in said for hold in one.holds), key=lambda hold: hold.since)
    oldest = {hold.owner: hold for hold in reversed(holds)}
    return tuple(sorted(oldest.values(), key=lambda hold: hold.since))


def agree(said: Collection[Rotated]) -> bool:
    """Whether balancers say the same of a node: who holds it, and so whether it is in."""
    return len({(one.state == "in", frozenset(h.owner for h in one.holds)) for one in said}) < 2


def _rotated(name: str, said: Mapping[str, Any]) -> Rotated:
    return Rotated(
        node=name,
        state=said["state"],
        holds=tuple(Hold(**hold) for hold in said["holds"]),
        in_flight=said["in_flight"],
        pools=tuple(said["pools"]),
        answers=said.get("answers"),
        spare=said.get("spare", False),
        canary=said.get("canary", False),
    )
