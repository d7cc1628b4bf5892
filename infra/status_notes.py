"""What stands below a status: why nodes are away, held or not as promised, in sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from infra.report_rotation import held_by
from infra.rotation import Hold, Told
from infra.rotator import GATE
from infra.status import Look, Word
from infra.status_cells import when
from infra.status_checked import Checked
from infra.wording import duration

SIGN: dict[Word, str] = {"good": "✓", "bad": "✗", "unknown": "?", "plain": "·"}
_FAILED_CHECKS = 3
"""So many failed checks of a node are named; the report of a check names all."""


@dataclass(frozen=True)
class Note:
    """A sentence about a node."""

    node: str
    text: str
    word: Word = "plain"

    def __str__(self) -> str:
        """The sentence with its sign."""
        return f"{SIGN[self.word]} {self.node}: {self.text}"


def notes(
    look: Look,
    *,
    holds: Sequence[Hold],
    serves: bool = True,
    checked: Checked | None = None,
    now: datetime,
) -> Iterator[Note]:
    """Everything to be said of a node; only one that `serves` has a gate."""
    if look.problem is not None:
        yield Note(
            look.node, f"unreachable since {when(look.since, now=now)}: {look.problem}", "bad"
        )
    yield from (Note(look.node, held_by(hold, now=now), "unknown") for hold in holds)
    if look.deploying:
        yield Note(look.node, f"is being deployed by {look.deploying}", "unknown")
    if serves and not any(hold.owner == GATE for hold in holds):  # that says the same
        yield from _of_gate(look, now=now)
    yield from _of_deploy(look, now=now)
    yield from _of_drill(look, now=now)
    yield from (Note(look.node, text, "bad") for text in look.shown.notes)
    yield from _of_check(look.node, checked)


def of_canary(node: str, told: Sequence[Told], *, now: datetime) -> Iterator[Note]:
    """That a node is a canary: of which model, and what it gets."""
    found = dict.fromkeys((model, one) for said in told for model, one in said.canaries.items())
    for model, canary in found:
        if canary.node == node:
            of = f" of {', '.join(canary.endpoints)}" if canary.endpoints else ""
            at = when(canary.since, now=now)
            text = f"is {model}'s canary since {at}: {canary.share:g} %{of} ({canary.by})"
            yield Note(node, text)


def _of_gate(look: Look, *, now: datetime) -> Iterator[Note]:
    record = look.records.get("gate")
    if record is None:
        return
    at = when(str(record.get("checked", "")), now=now)
    if record.get("open") is not True:
        yield Note(look.node, f"its gate is closed since {at}: {record.get('why', '')}", "bad")
    elif record.get("boot_id", look.boot_id) != look.boot_id:
        text = f"was booted after its gate was opened ({at}); it stays out until it is checked"
        yield Note(look.node, text, "unknown")


def _of_deploy(look: Look, *, now: datetime) -> Iterator[Note]:
    record = look.records.get("last_deploy")
    if record is None or record.get("status") == "ok":
        return
    at, error = when(str(record.get("started", "")), now=now), record.get("error") or "no reason"
    yield Note(look.node, f"last deploy ({at}) {record.get('status')}: {error}", "bad")


def _of_drill(look: Look, *, now: datetime) -> Iterator[Note]:
    record = look.records.get("last_drill")
    if record is None or record.get("result") == "ok":
        return
    at = when(str(record.get("finished") or record.get("started", "")), now=now)
    over, budget = record.get("result") == "over_budget", record.get("budget_seconds")
    limit = f" of {duration(budget)}" if isinstance(budget, int | float) else ""
    yield Note(
        look.node, f"last drill ({at}) {f'was over its budget{limit}' if over else 'failed'}", "bad"
    )


def _of_check(node: str, found: Checked | None) -> Iterator[Note]:
    failed = () if found is None or found.outdated else found.failed
    for verdict in failed[:_FAILED_CHECKS]:
        reason = verdict.reason.splitlines()
        what = f"{verdict.role}.{verdict.check} failed"
        yield Note(node, f"{what}: {reason[0]}" if reason else what, "bad")
    if len(failed) > _FAILED_CHECKS:
        yield Note(node, f"{len(failed) - _FAILED_CHECKS} more checks failed", "bad")
