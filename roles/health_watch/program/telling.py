"""Telling: what the watch sees and does, as JSON for people and checks."""

import json
from collections.abc import Mapping
from typing import Any

from roles.health_watch.program.desk import Desk
from roles.health_watch.program.standing import Right
from roles.health_watch.program.watching import Watched


def state_text(desk: Desk, *, rights: Mapping[str, Right | None], digest: str, now: float) -> str:
    """Text of the state file."""
    said = {
        "config": digest,
        "troubles": list(desk.troubles.values()),
        "nodes": {node: _told(one, rights[node], now) for node, one in desk.watched.items()},
    }
    return json.dumps(said, indent=1, ensure_ascii=False) + "\n"


def _told(one: Watched, right: Right | None, now: float) -> dict[str, Any]:
    seen = one.seen
    return {
        "state": _word(one),
        "reason": "" if one.ill is None else one.ill.reason,
        "out": one.out_at is not None,
        "times_out": one.streak,
        "gate": "unknown" if right is None else right.kind,
        "gate_why": "" if right is None else right.why,
        "problem": one.problem,
        "requests": seen.requests,
        "seconds_since": {
            "healthy": _ago(seen.healthy_since, now),
            "progress": _ago(seen.moved_at, now),
            "idle": _ago(seen.idle_at, now),
            "token": _ago(seen.token_at, now),
        },
    }


def _word(one: Watched) -> str:
    if one.ill is not None:
        return one.ill.kind
    if one.seen.healthy_since is None:
        return "unknown"
    return "idle" if one.seen.requests == 0 else "busy" if one.seen.requests else "healthy"


def _ago(then: float | None, now: float) -> float | None:
    return None if then is None or then < 0 else round(now - then, 1)
