"""Rotation: who gets requests. The contract between infra and a balancer's rotation program.

The inventory gives membership; state lies on each balancer and is written by one program there.
A role that balances installs the program and has a part `rotation.py` with `policy(settings)` and
`pools(settings)`; a role that serves has a part `serving.py` with `question(settings)`.
"""

import json
import shlex
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

PROGRAM = "/usr/local/sbin/infra-rotation"
"""Path of the program on a balancer."""
REFUSED = 3
"""Its exit status when a hold would leave fewer nodes in than are to be kept."""
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


@dataclass(frozen=True)
class Settled:
    """What a drain came to on one balancer."""

    finished: int
    """Requests that were under way and ended."""
    left: int
    """Requests that were still under way when the time was up."""
    seconds: float


def show_command(*, probe: bool = False) -> str:
    """Shell text that prints every node's state as JSON; with `probe` each is asked for health."""
    return f"{PROGRAM} show{' --probe' if probe else ''}"


def hold_command(node: str, *, owner: str, reason: str, by: str, keep: int = 0) -> str:
    """Shell text that puts a hold; it returns when nginx sends the node nothing new.

    Exit status REFUSED when fewer than `keep` other nodes of one of its pools would be in.
    """
    given = {"owner": owner, "reason": reason, "by": by, "keep": str(keep)}
    return " ".join([PROGRAM, "hold", shlex.quote(node), *_options(given)])


def settle_command(node: str, *, seconds: int) -> str:
    """Shell text that waits until a draining node has no request under way, then calls it out."""
    return f"{PROGRAM} settle {shlex.quote(node)} --seconds {seconds}"


def lift_command(node: str, *, owner: str) -> str:
    """Shell text that lifts an owner's hold; without further holds nginx uses the node again."""
    return " ".join([PROGRAM, "lift", shlex.quote(node), *_options({"owner": owner})])


def parse(text: str) -> dict[str, Rotated]:
    """Every node's state by name, from the answer of `show`, `hold` or `lift`."""
    nodes: Mapping[str, Any] = json.loads(text)["nodes"]
    return {name: _rotated(name, said) for name, said in nodes.items()}


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
    )


def _options(given: Mapping[str, str]) -> list[str]:
    return [word for key, value in given.items() for word in (f"--{key}", shlex.quote(value))]
