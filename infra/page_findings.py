"""The findings of a report as a page shows them: one card for what is one thing to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from infra import findings
from infra.findings import NAMED, Finding
from infra.history import History
from infra.page_text import shown
from infra.verdict import WAIVER, Report


@dataclass(frozen=True)
class Card:
    """One thing to look at, on one node or on several at once."""

    anchor: str
    word: str
    """`failed`, `expired`, `unreachable`, `unproven` or `waived`."""
    nodes: tuple[str, ...]
    roles: tuple[str, ...]
    checks: tuple[str, ...]
    promised: tuple[str, ...]
    """Sentences; of many checks the first ones."""
    more: int
    """How many sentences were left out."""
    found: str
    whole: str
    """All that was found, when `found` is its beginning; else empty."""
    todo: str
    waived: str
    again: str
    """The command that judges it anew."""
    new: bool
    """Whether the run before had it otherwise."""
    since: datetime | None
    """Since when it is so; None when no earlier run tells."""
    runs: int
    """How many runs have had it, this one counted."""


def cards(report: Report, *, history: History) -> tuple[Card, ...]:
    """A report's findings in the order in which they are to be read."""
    found = sorted(findings.of(report), key=lambda one: _rank(one, history))
    alike = (list(same) for _, same in groupby(found, key=_sameness))
    return tuple(
        _card(same, report=report, history=history, anchor=f"finding-{number}")
        for number, same in enumerate(alike, 1)
    )


def _rank(finding: Finding, history: History) -> tuple[int, bool, tuple[str, ...]]:
    order = ("unreachable", "failed", "expired", "unproven", "waived")
    return order.index(_word(finding)), not _new(finding, history), _sameness(finding)


def _word(finding: Finding) -> str:
    """A waiver whose time is over is a finding of its own kind: nothing on the node is wrong."""
    over = finding.word == "failed" and finding.verdicts[0].check == WAIVER
    return "expired" if over else finding.word


def _sameness(finding: Finding) -> tuple[str, str, str, str]:
    """What two findings share that one deed mends; a node that is away is alone in it."""
    alone = finding.node if finding.word == "unreachable" else ""
    checks = " ".join(f"{one.role}.{one.check}" for one in finding.verdicts)
    return _word(finding), checks, f"{finding.found}\0{finding.waived}", alone


def _card(same: Sequence[Finding], *, report: Report, history: History, anchor: str) -> Card:
    first, nodes = same[0], tuple(one.node for one in same)
    found, whole = shown(first.found.removeprefix("unreachable: "))
    since = findings.since(same, history)
    return Card(
        anchor=anchor,
        word=_word(first),
        nodes=nodes,
        roles=first.roles,
        checks=tuple(one.check for one in first.verdicts),
        promised=_promised(first)[:NAMED],
        more=len(_promised(first)[NAMED:]),
        found=found,
        whole=whole,
        todo=first.todo,
        waived=first.waived,
        again=_again(same, inventory=report.inventory),
        new=any(_new(one, history) for one in same),
        since=since,
        runs=0 if since is None else sum(run.started >= since for run in history.runs),
    )


def _promised(finding: Finding) -> tuple[str, ...]:
    if finding.word == "unreachable":
        return (finding.promised,)
    return tuple(one.promised for one in finding.verdicts)


def _again(same: Sequence[Finding], *, inventory: str) -> str:
    command = same[0].again(inventory)
    limits = " ".join(f"--limit {one.node}" for one in same)
    return command.replace(f"--limit {same[0].node}", limits)


def _new(finding: Finding, history: History) -> bool:
    changed = {(one.node, one.role, one.check) for one in history.changes}
    return any(key in changed for key in finding.keys)
