"""What a node's last check came to by today's waivers, and whether it is of the node as it is."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from infra.status import Look
from infra.waivers import Waiver, waiving


@dataclass(frozen=True)
class Checked:
    """A last check: verdicts that no waiver bears, as they were left on the node."""

    started: str
    passed: int
    failed: tuple[Mapping[str, Any], ...]
    unproven: int
    outdated: bool
    """Whether the node was booted or deployed since."""


def of(look: Look, *, waivers: Iterable[Waiver], today: date) -> Checked | None:
    """Checked from a node's records; None when it was never checked."""
    record = look.records.get("last_check")
    if record is None:
        return None
    kept, started = tuple(waivers), str(record.get("started", ""))
    standing = [verdict for verdict in _verdicts(record) if not _waived(verdict, kept, today=today)]
    deployed = str(look.records.get("last_deploy", {}).get("started", ""))
    return Checked(
        started=started,
        passed=record["passed"] if isinstance(record.get("passed"), int) else 0,
        failed=tuple(verdict for verdict in standing if verdict.get("verdict") == "failed"),
        unproven=sum(verdict.get("verdict") == "unproven" for verdict in standing),
        outdated=record.get("boot_id", look.boot_id) != look.boot_id or _later(deployed, started),
    )


def _verdicts(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    found = record.get("verdicts")
    yield from (one for one in found if isinstance(one, dict)) if isinstance(found, list) else ()


def _waived(verdict: Mapping[str, Any], waivers: tuple[Waiver, ...], *, today: date) -> bool:
    role, check = str(verdict.get("role")), str(verdict.get("check"))
    return waiving(waivers, role=role, check=check, today=today) is not None


def _later(one: str, other: str) -> bool:
    try:
        return datetime.fromisoformat(one) > datetime.fromisoformat(other)
    except (ValueError, TypeError):
        return False
