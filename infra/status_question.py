"""One question to a node about all that its status shows: the shell text, and its answer."""

import json
import math
import shlex
from collections.abc import Mapping
from typing import Any

from infra import node_state, rotation, status
from infra.holder import parse as parse_holder
from infra.rotation import Told
from infra.site import Node
from infra.status import Look

RECORDS = ("last_check", "last_deploy", "last_drill", "gate")
"""Names of the records that lie on a node."""
_MARK = "@@infra"
_PART_SECONDS = 5
"""Longest that one part may take: a driver that hangs must not hide the rest."""
_ROTATION_SECONDS = 10


def command(node: Node) -> str:
    """Shell text that prints everything, a mark before each part."""
    asked = {
        "uid": "id -u",
        "up": "cat /proc/uptime",
        "boot": "cat /proc/sys/kernel/random/boot_id",
        "deploying": node_state.held_command(),
        **{f"record {name}": f"cat {node_state.FOLDER}/{name}.json" for name in RECORDS},
        "rotation": f"[ ! -e {rotation.PROGRAM} ] || {rotation.show_command(probe=True)}",
        **{f"role {role}": text for role, text in status.commands(node).items()},
    }
    return "\n".join(_limited(name, text) for name, text in asked.items())


def _limited(name: str, text: str) -> str:
    seconds = _ROTATION_SECONDS if name == "rotation" else _PART_SECONDS
    limited = f"timeout -k 1 {seconds} sh -c {shlex.quote(text)}"
    return f"echo; echo {shlex.quote(f'{_MARK} {name}')}; {limited} 2>/dev/null </dev/null"


def look(node: Node, answer: str) -> Look:
    """Look from the answer to `command`; a part that is missing or no JSON is not known."""
    parts = _parts(answer)
    if (uid := parts.get("uid", "").strip()) != "0":
        return Look(node.name, problem=f"asked without root (as user {uid}); set _sudo = True")
    holder = parse_holder(parts.get("deploying", ""))
    told = {role: parts.get(f"role {role}", "") for role in status.commands(node)}
    return Look(
        node=node.name,
        up_seconds=_up(parts.get("up", "")),
        boot_id=parts.get("boot", "").strip(),
        deploying=f"{holder.who} since {holder.when}" if holder is not None else "",
        records={name: found for name in RECORDS if (found := _json(parts, f"record {name}"))},
        rotation=_rotation(parts.get("rotation", "")),
        shown=status.shown(node, told),
    )


def _parts(answer: str) -> dict[str, str]:
    parts: dict[str, list[str]] = {}
    into: list[str] = []
    for line in answer.splitlines():
        if line.startswith(f"{_MARK} "):
            into = parts.setdefault(line.removeprefix(f"{_MARK} "), [])
        else:
            into.append(line)
    return {name: "\n".join(lines).strip("\n") for name, lines in parts.items()}


def _rotation(text: str) -> Told | None:
    try:
        return rotation.parse_told(text)
    except status.UNREADABLE:
        return None


def _up(text: str) -> float | None:
    try:
        seconds = float(text.split()[0])
    except (ValueError, IndexError):
        return None
    return seconds if math.isfinite(seconds) else None


def _json(parts: Mapping[str, str], name: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(parts.get(name, ""))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
