"""What a node's last check came to by today's waivers, and whether it is of the node as it is."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from infra.status import Look
from infra.verdict import Verdict, Word, count
from infra.waived import applied
from infra.waivers import Waiver

_WORDS: Mapping[str, Word] = {"passed": "passed", "failed": "failed"}
"""Whatever else a record calls a check is not proven."""


@dataclass(frozen=True)
class Checked:
    """A last check: verdicts that no waiver bears, as they were left on the node."""

    started: str
    passed: int
    failed: tuple[Verdict, ...]
    unproven: int
    outdated: bool
    """Whether the node was booted or deployed since."""
    part: bool = False
    """Whether it judged some roles alone."""


def of(look: Look, *, waivers: Iterable[Waiver], today: date) -> Checked | None:
    """Checked from a node's records; None when it was never checked.

    A waiver that is over fails here as it does in a check, whatever was in force then.
    """
    record = look.records.get("last_check")
    if record is None:
        return None
    started = str(record.get("started", ""))
    verdicts = applied(_verdicts(record, node=look.node), tuple(waivers), today=today)
    deployed = str(look.records.get("last_deploy", {}).get("started", ""))
    return Checked(
        started=started,
        passed=record["passed"] if isinstance(record.get("passed"), int) else 0,
        failed=tuple(verdict for verdict in verdicts if verdict.word == "failed"),
        unproven=count(verdicts, "unproven"),
        part=record.get("roles") is not None,
        outdated=record.get("boot_id", look.boot_id) != look.boot_id or _later(deployed, started),
    )


def _verdicts(record: Mapping[str, Any], *, node: str) -> Iterator[Verdict]:
    found = record.get("verdicts")
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict):
            yield Verdict(
                node=node,
                role=str(one.get("role")),
                check=str(one.get("check")),
                sentence="",
                verdict=_WORDS.get(str(one.get("verdict")), "unproven"),
                reason=str(one.get("reason", "")),
            )


def _later(one: str, other: str) -> bool:
    try:
        return datetime.fromisoformat(one) > datetime.fromisoformat(other)
    except (ValueError, TypeError):
        return False
