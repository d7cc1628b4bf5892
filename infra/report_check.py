"""What people read of a check: a table of nodes and roles, the findings, a closing line."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from infra.hanging import Hanging
from infra.report_junit import junit
from infra.report_matrix import SIGN, STYLE, Matrix
from infra.site import Node
from infra.verdict import Report, Verdict, Word, count
from infra.wording import counted, duration, simulated_hardware

__all__ = ["junit", "summary"]

_NAMED = 3
"""How many checks are named in one finding; more are counted."""


def summary(
    report: Report, nodes: Sequence[Node], *, inventory: Path, verbose: bool = False
) -> Iterator[RenderableType]:
    """What to print of a report, in order; with `verbose` every verdict."""
    if report.verdicts:
        yield Matrix(report.verdicts)
        yield ""
    if verbose:
        yield from (Hanging(_line(verdict), first="") for verdict in report.verdicts)
        yield ""
    findings = list(_findings(report.verdicts, inventory=inventory))
    yield from findings
    remarks = [Hanging(Text(f"! {remark}", "yellow"), first="") for remark in report.remarks]
    yield from remarks
    if findings or remarks:
        yield ""
    yield _closing(report)
    simulated = simulated_hardware(nodes)
    if simulated is not None:
        yield Hanging(Text(simulated, "dim"))


def _line(verdict: Verdict) -> Text:
    sign = Text(f"{SIGN[verdict.verdict]} ", STYLE[verdict.verdict])
    about = f"{verdict.node} · {verdict.role} · {verdict.sentence or verdict.check}"
    return sign.append(about, "default").append(f"  {verdict.seconds:.2f} s", "dim")


def _findings(verdicts: Sequence[Verdict], *, inventory: Path) -> Iterator[RenderableType]:
    for verdict in verdicts:
        if verdict.verdict == "failed":
            yield from _finding([verdict], inventory=inventory)
    unproven = [verdict for verdict in verdicts if verdict.verdict == "unproven"]
    for _, same in groupby(unproven, key=lambda verdict: (verdict.node, verdict.reason)):
        yield from _finding(list(same), inventory=inventory)


def _finding(same: Sequence[Verdict], *, inventory: Path) -> Iterator[RenderableType]:
    """One finding; checks of a node that are unproven for one reason (it is off) are one."""
    word, roles = same[0].verdict, list(dict.fromkeys(verdict.role for verdict in same))
    title = f" {same[0].node} · {', '.join(roles)} · {_what(same)}"
    yield Hanging(Text(SIGN[word], STYLE[word]).append(title, "bold default"), first="")
    yield Hanging(Text(same[0].reason if word == "failed" else f"Not proven: {same[0].reason}"))
    if len(same) == 1:
        yield Hanging(Text(f"What to do: roles/{roles[0]}/README.md, {same[0].check}", "dim"))
    again = f"Then: infra check {inventory} --limit {same[0].node}"
    again += f" --role {roles[0]}" if len(roles) == 1 else ""
    yield Hanging(Text(again, "dim"))


def _what(same: Sequence[Verdict]) -> str:
    if len(same) == 1:
        return same[0].sentence or same[0].check
    if len(same) <= _NAMED:
        return ", ".join(verdict.check for verdict in same)
    return counted(len(same), "check")


def _closing(report: Report) -> Text:
    if not report.verdicts:
        sentence = " Nothing was checked: no chosen role of these nodes has checks."
        return Text("✗", STYLE["failed"]).append(sentence, "default")
    worst: Word = "failed" if report.failed else "unproven" if report.unproven else "passed"
    nodes = counted(len({verdict.node for verdict in report.verdicts}), "node")
    text = f" {_counts(report.verdicts)} on {nodes} in {duration(report.seconds)}"
    text += " · interrupted; run it again for the rest" if report.interrupted else ""
    return Text(SIGN[worst], STYLE[worst]).append(text, "bold default")


def _counts(verdicts: Iterable[Verdict]) -> str:
    verdicts = tuple(verdicts)
    words: tuple[Word, ...] = ("failed", "unproven", "passed")
    found = ((word, count(verdicts, word)) for word in words)
    return ", ".join(f"{number} {word}" for word, number in found if number)
