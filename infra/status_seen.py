"""Since when a node is unreachable, as far as this control host saw it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from infra import place
from infra.files import write_atomic
from infra.status import Look


def dated(looks: Mapping[str, Look], *, inventory: Path, now: datetime) -> dict[str, Look]:
    """The looks, with when each unreachable node was first found so; remembered for the next."""
    path = place.of(inventory) / "unreachable.json"
    before = _read(path)
    stamp = now.isoformat(timespec="seconds")
    lost = {
        name: before.get(name, stamp) for name, look in looks.items() if look.problem is not None
    }
    others = {name: since for name, since in before.items() if name not in looks}
    if {**others, **lost} != before:
        with suppress(OSError):  # who may only look, looks
            write_atomic(path, json.dumps({**others, **lost}, indent=1), mode=0o600)
    return {name: replace(look, since=lost.get(name, "")) for name, look in looks.items()}


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text())
        return {str(name): str(since) for name, since in found.items()}
    except (OSError, ValueError, AttributeError):
        return {}
