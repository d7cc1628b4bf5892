"""The newest drill's record on a node, and what is wrong with it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.node_state import FOLDER
from roles.rebuild_drill.settings import RebuildDrillSettings

PATH = f"{FOLDER}/last_drill.json"
_MARK = "--- deployed"
COMMAND = (
    f"cat {PATH} 2>/dev/null; printf '\\n%s\\n' '{_MARK}'; "
    f"cat {FOLDER}/promised.json 2>/dev/null || cat {FOLDER}/last_deploy.json 2>/dev/null || true"
)
"""Shell text that prints the newest record, then what the node was last deployed as."""


@dataclass(frozen=True)
class Newest:
    """The newest drill of a node."""

    result: str
    error: str
    seconds: float
    budget_seconds: float
    finished: datetime
    simulated: bool
    lock: str
    promised: str
    """The lock of the node's last deploy; empty when that is not known."""


def parse(text: str) -> Newest | None:
    """The newest record, from the answer to COMMAND; None when there is none.

    ValueError when it cannot be read.
    """
    record, _, deployed = text.partition(f"\n{_MARK}\n")
    if not record.strip():
        return None
    try:
        said = json.loads(record)
        return Newest(
            result=str(said["result"]),
            error=str(said.get("error") or ""),
            seconds=float(said["seconds"]),
            budget_seconds=float(said["budget_seconds"]),
            finished=_moment(said["finished"]),
            simulated=said["hardware"] == "simulated",
            lock=str(said["lock"]),
            promised=str(json.loads(deployed).get("lock", "")) if deployed.strip() else "",
        )
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise ValueError(f"{PATH} is no record of a drill; drill the node again") from wrong


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a time without its zone")
    return found


def problems(found: Newest, *, settings: RebuildDrillSettings, now: datetime) -> Iterator[str]:
    """Why the record does not prove that the node can be rebuilt in time."""
    if found.result == "failed":
        yield f"the drill failed: {found.error or 'no reason is recorded'}"
    elif found.result not in ("ok", "over_budget"):
        yield f"the drill came to {found.result!r}, which is not ok"
    limit = 60.0 * settings.budget_minutes if settings.budget_minutes else found.budget_seconds
    if found.result == "over_budget" or found.seconds > limit:
        yield f"the drill took {found.seconds / 60:.1f} min of {limit / 60:g} min"
    if settings.max_age_days is not None:
        age = now - found.finished
        if age > timedelta(days=settings.max_age_days):
            yield f"the drill is {age.days} days old, allowed {settings.max_age_days}"
    if found.promised and found.lock != found.promised:
        yield "the drill proved another configuration than the node was last deployed with"
    elif not found.promised:
        yield "what the node was last deployed with is not known"
