"""Standing: what a node says of its boot, its lock and its gate, and whether it may be let in."""

import json
from dataclasses import dataclass
from typing import Any

PROVEN, STAYS, CLOSED = "proven", "stays", "closed"
_WORDS = 500


@dataclass(frozen=True)
class Standing:
    """A node's own words."""

    boot_id: str
    promised: str
    """Lock that the last deploy promised; empty when there was none."""
    gate_boot_id: str | None
    """Boot for which its checks were judged; None when they never were."""
    gate_lock: str = ""
    gate_open: bool = False
    why: str = ""


@dataclass(frozen=True)
class Right:
    """Whether a node may be in: PROVEN, STAYS (it is in and nothing speaks against it), CLOSED."""

    kind: str
    why: str = ""


def parse_standing(text: str) -> Standing | None:
    """A node's words; None when it says something else."""
    try:
        said: dict[str, Any] = json.loads(text)
        gate = said["gate"]
        if gate is None:
            return Standing(str(said["boot_id"]), str(said["promised"]), None)
        return Standing(
            boot_id=str(said["boot_id"]),
            promised=str(said["promised"]),
            gate_boot_id=str(gate["boot_id"]),
            gate_lock=str(gate["lock"]),
            gate_open=gate["open"] is True,
            why=_printable(str(gate.get("why", ""))),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def right(standing: Standing | None, *, admitted: str, held: bool, was_away: bool) -> Right:
    """Whether a node may be in.

    `admitted` is the boot that was let in last, `held` whether the gate holds it now, `was_away`
    whether it was out or dead since anybody looked.
    """
    if standing is None:
        must_prove = held or was_away
        return Right(CLOSED, "its node does not say where it stands") if must_prove else _STAYS
    if _is_proven(standing):
        return Right(PROVEN)
    if not held and admitted == standing.boot_id:
        return _STAYS
    if not held and not admitted and not was_away and standing.gate_boot_id is None:
        # found serving by a watch that is new here: to be checked, not to be thrown out
        return _STAYS
    return Right(CLOSED, _why(standing))


_STAYS = Right(STAYS)


def _printable(text: str) -> str:
    """Words that can be passed on, whatever a node says: what one of them wrote stops no watch."""
    return "".join(one if one.isprintable() else " " for one in text[:_WORDS])


def _is_proven(standing: Standing) -> bool:
    return (
        standing.gate_open
        and bool(standing.promised)
        and (standing.gate_boot_id, standing.gate_lock) == (standing.boot_id, standing.promised)
    )


def _why(standing: Standing) -> str:
    if not standing.promised:
        return "no whole deploy has taken it yet: infra deploy"
    if standing.gate_boot_id is None:
        return "it was never checked: infra check"
    if standing.gate_boot_id != standing.boot_id:
        return "it booted since it was checked last: infra gate"
    if standing.gate_lock != standing.promised:
        return "it was checked for another lock than it is promised: infra check"
    return standing.why or "its checks do not pass"
