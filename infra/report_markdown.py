"""Markdown of a check, for a mail, a ticket or a chat; what hosts said stands in code blocks."""

import re
from collections.abc import Iterator

from infra import findings, report_drift
from infra.drift import Drift
from infra.findings import Finding
from infra.history import History
from infra.report_matrix import SIGN
from infra.verdict import Report, Verdict, count
from infra.wording import duration

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What would move, hide or turn round text that is looked at."""


def markdown(report: Report, *, history: History, drift: Drift | None) -> str:
    """Findings first, with what was promised, found and is to be done; then drift and fleet."""
    found = findings.of(report)
    parts = [
        f"# Compliance of {report.inventory}",
        _headline(report),
        *(f"**{remark}**" for remark in map(_plain, report.remarks)),
        *(
            line
            for finding in found
            for line in _finding(
                finding, report.inventory, since=findings.before(finding, history, report=report)
            )
        ),
        *_changes(history),
        *_drift(drift),
        "## Fleet",
        "\n".join(_fleet(report)),
    ]
    if report.simulated:
        parts.append(f"Simulated hardware: {', '.join(report.simulated)}.")
    return "\n\n".join(parts) + "\n"


def _headline(report: Report) -> str:
    words = ("failed", "unproven", "waived", "passed")
    counts = ", ".join(f"{count(report.verdicts, word)} {word}" for word in words)
    when = f"{report.started:%Y-%m-%d %H:%M} UTC"
    return f"{when}, {duration(report.seconds)}: **{counts}**"


def _finding(finding: Finding, inventory: str, *, since: str) -> Iterator[str]:
    roles = f" · {', '.join(finding.roles)}" if finding.word != "unreachable" else ""
    yield f"## {SIGN[finding.word]} {finding.word}: {finding.node}{roles}"
    yield f"Promised: {finding.promised}"
    yield f"Found:\n\n{_block(finding.found)}"
    if since:
        yield f"So since {since}"
    if finding.waived:
        yield f"Waived {_plain(finding.waived)}"
    else:
        yield f"What to do: {finding.todo}" if finding.todo else "What to do: see the role's README"
        yield f"Then: `{finding.again(inventory)}`"


def _changes(history: History) -> Iterator[str]:
    if history.changes:
        yield "## Since the last check"
        yield "\n".join(
            f"- {' · '.join(part for part in (one.node, one.role, one.check) if part)}: "
            f"{one.before or 'new'} → {one.now or 'not judged any more'}"
            for one in history.changes
        )


def _drift(drift: Drift | None) -> Iterator[str]:
    if drift is None:
        return
    yield "## Drift"
    yield f"{report_drift.headline(drift)}."
    told = [
        f"- {node.node} · {role}: {', '.join(dict.fromkeys(names))}"
        for node in drift.found
        for role, names in node.roles.items()
    ]
    told += [f"- {node.node}: {_plain(node.problem)}" for node in drift.found if node.problem]
    if told:
        yield "\n".join(told)


def _fleet(report: Report) -> Iterator[str]:
    roles = list(dict.fromkeys(verdict.role for verdict in report.verdicts))
    yield f"| node | {' | '.join(roles)} |"
    yield "|---" * (len(roles) + 1) + "|"
    for node in dict.fromkeys(verdict.node for verdict in report.verdicts):
        own = [verdict for verdict in report.verdicts if verdict.node == node]
        cells = (_cell([one for one in own if one.role == role]) for role in roles)
        yield f"| {node} | {' | '.join(cells)} |"


def _cell(verdicts: list[Verdict]) -> str:
    words = ("failed", "unproven", "waived", "passed")
    found = ((word, count(verdicts, word)) for word in words)
    return ", ".join(f"{SIGN[word]} {number} {word}" for word, number in found if number) or "–"


def _block(text: str) -> str:
    """Text in a fence that nothing in it can close."""
    plain = _CONTROL.sub("\ufffd", text)
    longest = max(map(len, re.findall("`+", plain)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{plain}\n{fence}"


def _plain(text: str) -> str:
    """Foreign text on one line, without what Markdown would make of it."""
    line = " ".join(_CONTROL.sub("\ufffd", text).split())
    return re.sub(r"([\\`*_\[\]<>|])", r"\\\1", line)
