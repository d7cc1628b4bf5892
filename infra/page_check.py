"""The compliance report as one HTML page that needs nothing else: no script, no request."""

from collections.abc import Sequence
from pathlib import Path

from infra.drift import Drift, NodeDrift
from infra.history import History
from infra.page_findings import Card, cards
from infra.page_fleet import SIGNS, fleet
from infra.page_history import (
    before,
    fleet_spark,
    is_run,
    node_sparks,
    shown_runs,
    trends,
)
from infra.page_render import render
from infra.verdict import Report
from infra.wording import counted, listed

_NAMED = 4
"""From how many nodes on a headline counts them."""


def page(report: Report, *, history: History | None = None, drift: Drift | None = None) -> str:
    """The page of a report; without a history it has no trends, without a drift it says so."""
    history = history or History()
    told = cards(report, history=history)
    found = fleet(report, cards=told)
    runs, earlier = shown_runs(history), before(report, history)
    return render(
        "report/check.html.j2",
        report=report,
        site=Path(report.inventory).stem,
        state=_state(report),
        headline=_headline(report),
        findings=[card for card in told if card.word != "waived"],
        waivers=[card for card in told if card.word == "waived"],
        mended=[change for change in history.changes if not change.worse and change.before],
        drift=drift,
        drifting=[] if drift is None else _drifting(drift, report=report),
        away=_away(report),
        fleet=found,
        trends=trends(report, earlier),
        before=earlier,
        counted_in=is_run(report, history),
        runs=runs,
        fleet_spark=fleet_spark(runs),
        sparks=node_sparks(runs, nodes=[row.node for row in found.rows]),
        signs=SIGNS,
        new=_new(told),
    )


def _state(report: Report) -> str:
    """The word that colours the page."""
    if report.exit_code == 1 or report.unreachable:
        return "failed"
    return "unproven" if report.unproven else "passed"


def _headline(report: Report) -> str:
    if not report.verdicts:
        return "Nothing was checked"
    broken = [_broken(report.failed)] if report.failed else []
    lost = [_lost(list(report.unreachable))] if report.unreachable else []
    if broken or lost:
        return ", ".join((*broken, *lost))
    if report.unproven:
        return f"Nothing is broken, {report.unproven} not proven"
    return "Everything is as promised"


def _broken(number: int) -> str:
    return f"{counted(number, 'promise')} {'is' if number == 1 else 'are'} broken"


def _lost(nodes: Sequence[str]) -> str:
    """Who does not answer, by name as long as that fits a headline."""
    who = listed(nodes) if len(nodes) < _NAMED else counted(len(nodes), "node")
    return f"{who} {'does' if len(nodes) == 1 else 'do'} not answer"


def _drifting(drift: Drift, *, report: Report) -> list[NodeDrift]:
    """Where a deploy would change something; that a node is away is told among the findings."""
    return [one for one in drift.found if one.changes or one.node not in report.unreachable]


def _away(report: Report) -> int:
    """How many checks are not proven for the one reason that their node does not answer."""
    lost = report.unreachable
    return sum(one.word == "unproven" for one in report.verdicts if one.node in lost)


def _new(told: Sequence[Card]) -> int:
    """How many findings the run before did not have."""
    return sum(card.new and card.word != "waived" for card in told)
