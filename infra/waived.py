"""Verdicts as reports give them: under the inventory's waivers, and with what to do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from infra import manual
from infra.verdict import WAIVER, Report, Verdict
from infra.waivers import Waiver, waiving


def settled(report: Report, waivers: Mapping[str, Sequence[Waiver]], *, today: date) -> Report:
    """A report with every node's waivers (by its name) applied, and what to do at each finding."""
    nodes = dict.fromkeys(verdict.node for verdict in report.verdicts)
    verdicts = (
        verdict
        for node in nodes
        for verdict in applied(
            [one for one in report.verdicts if one.node == node],
            waivers.get(node, ()),
            today=today,
        )
    )
    return replace(report, verdicts=tuple(map(_advised, verdicts)))


def applied(
    verdicts: Iterable[Verdict], waivers: Sequence[Waiver], *, today: date
) -> tuple[Verdict, ...]:
    """A node's verdicts, those marked that a waiver bears; one more for each expired waiver.

    Applied twice it changes nothing. An expired waiver fails where its role was checked at all.
    """
    found = tuple(verdict for verdict in verdicts if verdict.check != WAIVER)
    marked = tuple(_marked(verdict, waivers, today=today) for verdict in found)
    return (*marked, *_expired(marked, waivers, today=today))


def words(waiver: Waiver) -> str:
    """Until when, by whom and why."""
    return f"until {waiver.until:%Y-%m-%d} by {waiver.owner}: {waiver.reason}"


def _marked(verdict: Verdict, waivers: Sequence[Waiver], *, today: date) -> Verdict:
    if verdict.verdict == "passed":
        return verdict
    one = waiving(waivers, role=verdict.role, check=verdict.check, today=today)
    return verdict if one is None else replace(verdict, waived=words(one))


def _expired(
    verdicts: Sequence[Verdict], waivers: Sequence[Waiver], *, today: date
) -> Iterator[Verdict]:
    """One verdict a role, so that a check's name stays one check's."""
    nodes = {verdict.role: verdict.node for verdict in verdicts}
    for role, node in nodes.items():
        over = [one for one in waivers if one.expired(today=today) and _role(one) == role]
        if over:
            yield Verdict(
                node=node,
                role=role,
                check=WAIVER,
                sentence="No waiver is older than its last day",
                verdict="failed",
                reason="\n".join(_over(one) for one in over),
                todo="keep the promise and take the waiver out of the inventory, or have its "
                "owner give it another last day",
            )


def _role(waiver: Waiver) -> str:
    return waiver.check.partition(".")[0]


def _over(waiver: Waiver) -> str:
    since = f"expired since {waiver.until:%Y-%m-%d}"
    return f"{waiver.check}: the waiver of {waiver.owner} ({waiver.reason}) is {since}"


def _advised(verdict: Verdict) -> Verdict:
    if verdict.verdict == "passed" or verdict.todo:
        return verdict
    return replace(verdict, todo=manual.todo(verdict.role, verdict.check))
