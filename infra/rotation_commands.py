"""Shell text that asks a balancer's rotation program."""

import shlex
from collections.abc import Collection, Mapping

PROGRAM = "/usr/local/sbin/infra-rotation"
"""Path of the program on a balancer."""
REFUSED = 3
"""Its exit status when a hold would leave fewer nodes in than are to be kept."""


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


def canary_set_command(node: str, *, share: float, endpoints: Collection[str] = (), by: str) -> str:
    """Shell text that makes a node the canary of its model; REFUSED without another full member."""
    paths = [word for path in endpoints for word in ("--endpoint", shlex.quote(path))]
    given = _options({"share": f"{share:g}", "by": by})
    return " ".join([PROGRAM, "canary set", shlex.quote(node), *given, *paths])


def canary_promote_command(node: str, *, by: str) -> str:
    """Shell text that makes a canary one of its pool again; no error when it is already."""
    return " ".join([PROGRAM, "canary promote", shlex.quote(node), *_options({"by": by})])


def canary_abort_command(node: str, *, reason: str, by: str) -> str:
    """Shell text that ends a canary: it is held by the owner `canary` until that is lifted."""
    given = _options({"reason": reason, "by": by})
    return " ".join([PROGRAM, "canary abort", shlex.quote(node), *given])


def swap_command(dead: str, spare: str, *, by: str) -> str:
    """Shell text that puts a spare in a node's place; REFUSED when the spare is held."""
    return " ".join([PROGRAM, "swap", shlex.quote(dead), shlex.quote(spare), *_options({"by": by})])


def unswap_command(dead: str) -> str:
    """Shell text that ends a swap; no error when there is none."""
    return f"{PROGRAM} unswap {shlex.quote(dead)}"


def _options(given: Mapping[str, str]) -> list[str]:
    return [word for key, value in given.items() for word in (f"--{key}", shlex.quote(value))]
