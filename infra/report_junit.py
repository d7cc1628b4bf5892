"""JUnit XML of a check, for what shows test results."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from infra.verdict import Report, Verdict, count

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> str:
    """One testsuite a node, one testcase a check (class: its role).

    What is unproven or waived is skipped, so that a test's history goes on.
    """
    root = ElementTree.Element("testsuites", _counts(report.verdicts, seconds=report.seconds))
    for node in dict.fromkeys(verdict.node for verdict in report.verdicts):
        verdicts = [verdict for verdict in report.verdicts if verdict.node == node]
        root.append(_suite(node, verdicts, timestamp=report.started.isoformat(timespec="seconds")))
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _suite(node: str, verdicts: Sequence[Verdict], *, timestamp: str) -> ElementTree.Element:
    counts = _counts(verdicts, seconds=sum(verdict.seconds for verdict in verdicts))
    about = {"name": node, "hostname": node, "timestamp": timestamp}
    suite = ElementTree.Element("testsuite", {**about, **counts})
    suite.extend(_case(verdict) for verdict in verdicts)
    return suite


def _case(verdict: Verdict) -> ElementTree.Element:
    name = {"classname": verdict.role, "name": verdict.check, "time": f"{verdict.seconds:.3f}"}
    case = ElementTree.Element("testcase", name)
    if verdict.verdict != "passed":
        kind = "failure" if verdict.word == "failed" else "skipped"
        waived = f"waived {verdict.waived}" if verdict.waived else ""
        message = (waived or verdict.reason).partition("\n")[0]
        found = ElementTree.SubElement(case, kind, {"message": _xml(message)})
        todo = f"What to do: {verdict.todo}" if verdict.todo else ""
        parts = (verdict.sentence, verdict.reason, waived, todo)
        found.text = _xml("\n".join(part for part in parts if part))
    return case


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _counts(verdicts: Sequence[Verdict], *, seconds: float) -> dict[str, str]:
    return {
        "tests": str(len(verdicts)),
        "failures": str(count(verdicts, "failed")),
        "skipped": str(count(verdicts, "unproven") + count(verdicts, "waived")),
        "errors": "0",
        "time": f"{seconds:.3f}",
    }
