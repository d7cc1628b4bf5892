"""What people read of a check: a table of nodes and roles, the findings, a closing line."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from infra import findings, report_drift
from infra.drift import Drift
from infra.findings import Finding
from infra.hanging import Hanging
from infra.history import History
from infra.report_junit import junit
from infra.report_matrix import SIGN, STYLE, Matrix
from infra.site import Node
from infra.verdict import Report, Verdict, count
from infra.wording import counted, duration, simulated_hardware

__all__ = ["junit", "summary"]

_NO_HISTORY = History()
_CHANGES = 10
"""How many changes are told line by line; more are counted."""


def summary(
    report: Report,
    nodes: Sequence[Node],
    *,
    inventory: Path,
    verbose: bool = False,
    history: History = _NO_HISTORY,
    drift: Drift | None = None,
) -> Iterator[RenderableType]:
    """What to print of a report, in order; with `verbose` every verdict."""
    if report.verdicts:
        yield Matrix(report.verdicts)
        yield ""
    if verbose:
        yield from (Hanging(_line(verdict), first="") for verdict in report.verdicts)
        yield ""
    found = findings.of(report)
    for finding in found:
        since = findings.before(finding, history, report=report)
        yield from _finding(finding, inventory=str(inventory), since=since)
    remarks = [Hanging(Text(f"! {remark}", "yellow"), first="") for remark in report.remarks]
    yield from remarks
    yield from _changes(history)
    yield from report_drift.lines(drift, inventory=inventory) if drift is not None else ()
    if found or remarks or history.changes or drift is not None:
        yield ""
    yield _closing(report)
    simulated = simulated_hardware(nodes)
    if simulated is not None:
        yield Hanging(Text(simulated, "dim"))


def _line(verdict: Verdict) -> Text:
    sign = Text(f"{SIGN[verdict.word]} ", STYLE[verdict.word])
    about = f"{verdict.node} · {verdict.role} · {verdict.promised}"
    return sign.append(about, "default").append(f"  {verdict.seconds:.2f} s", "dim")


def _finding(finding: Finding, *, inventory: str, since: str) -> Iterator[RenderableType]:
    sign = Text(SIGN[finding.word], STYLE[finding.word])
    title = f" {finding.node} · {finding.title}"
    yield Hanging(sign.append(title, "bold default"), first="")
    yield from (Hanging(Text(line)) for line in _found(finding).splitlines())
    if since:
        yield Hanging(Text(f"So since {since}", "dim"))
    if finding.waived:
        yield Hanging(Text(f"Waived {finding.waived}", "dim"))
        return
    if finding.todo:
        yield Hanging(Text(f"What to do: {finding.todo}", "dim"))
    elif len(finding.verdicts) == 1:
        readme = f"roles/{finding.roles[0]}/README.md, {finding.verdicts[0].check}"
        yield Hanging(Text(f"What to do: {readme}", "dim"))
    yield Hanging(Text(f"Then: {finding.again(inventory)}", "dim"))


def _found(finding: Finding) -> str:
    unproven = finding.verdicts[0].verdict == "unproven" and finding.word != "unreachable"
    return f"Not proven: {finding.found}" if unproven else finding.found


def _changes(history: History) -> Iterator[RenderableType]:
    if not history.changes:
        return
    yield Text("Since the last check", "bold")
    for change in history.changes[:_CHANGES]:
        where = " · ".join(part for part in (change.node, change.role, change.check) if part)
        words = f"{change.before or 'new'} → {change.now or 'not judged any more'}"
        yield Hanging(Text(f"{where}: ").append(words, "yellow" if change.worse else "green"))
    if len(history.changes) > _CHANGES:
        yield Hanging(Text(f"and {len(history.changes) - _CHANGES} more", "dim"))


def _closing(report: Report) -> Text:
    if not report.verdicts:
        sentence = " Nothing was checked: no chosen role of these nodes has checks."
        return Text("✗", STYLE["failed"]).append(sentence, "default")
    worst = "failed" if report.failed else "unproven" if report.unproven else "passed"
    nodes = counted(len({verdict.node for verdict in report.verdicts}), "node")
    text = f" {_counts(report.verdicts)} on {nodes} in {duration(report.seconds)}"
    text += " · interrupted; run it again for the rest" if report.interrupted else ""
    return Text(SIGN[worst], STYLE[worst]).append(text, "bold default")


def _counts(verdicts: Iterable[Verdict]) -> str:
    verdicts = tuple(verdicts)
    words = ("failed", "unproven", "waived", "passed")
    found = ((word, count(verdicts, word)) for word in words)
    return ", ".join(f"{number} {word}" for word, number in found if number)
