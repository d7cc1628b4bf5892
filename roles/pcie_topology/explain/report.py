"""What people read of explained outputs: the answer, one line a file, then what was found."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from infra.hanging import Hanging
from infra.wording import counted
from roles.pcie_topology.explain.judgement import Finding, Judgement, Severity
from roles.pcie_topology.explain.together import Told

SIGN: dict[Severity, str] = {"error": "✗", "warning": "!", "info": "·"}
STYLE: dict[Severity, str] = {"error": "bold red", "warning": "yellow", "info": "dim"}
_GOOD = frozenset({"ok", "present"})
_BAD = frozenset({"degraded"})
_HEADS = ("file", "kind", "GPUs", "lanes", "P2P", "NVLink")


def summary(files: Sequence[Told], *, verbose: bool) -> Iterator[RenderableType]:
    """What to print, in order; remarks that ask for nothing only with `verbose`, or of one file."""
    folder = _folder(files)
    yield _answer(files)
    yield ""
    if folder:
        yield Hanging(Text(f"in {folder}", "dim"), first="")
    yield _table(files, folder=folder)
    for told in files:
        shown = [
            finding
            for finding in told.judgement.findings
            if verbose or len(files) == 1 or finding.severity != "info"
        ]
        if shown:
            yield ""
            yield Hanging(Text(told.file.removeprefix(folder), "bold"), first="")
        for finding in sorted(shown, key=lambda one: list(SIGN).index(one.severity)):
            yield from _finding(finding)


def worst(judgement: Judgement) -> Severity:
    """The severity of its worst finding; `info` when it has none."""
    found = {finding.severity for finding in judgement.findings}
    return next((severity for severity in SIGN if severity in found), "info")


def _answer(files: Sequence[Told]) -> Text:
    number = Counter(worst(told.judgement) for told in files)
    outputs = counted(len(files), "output")
    if number["error"]:
        text = f"faults in {number['error']} of {outputs}"
        text += f", warnings in {number['warning']}" if number["warning"] else ""
        return _signed("error", text)
    if number["warning"]:
        return _signed("warning", f"no fault in {outputs}, warnings in {number['warning']}")
    return Text("✓ ", "green").append(f"no fault in {outputs}", "bold default")


def _signed(severity: Severity, text: str) -> Text:
    return Text(f"{SIGN[severity]} ", STYLE[severity]).append(text, "bold default")


def _folder(files: Sequence[Told]) -> str:
    """The folder that all of several files are in, named once and not in each line."""
    folders = [os.path.dirname(told.file) for told in files]
    if len(files) < 2 or not all(folders) or len(set(map(os.path.isabs, folders))) > 1:
        return ""
    common = os.path.commonpath(folders)
    inside = os.path.join(common, "") if common else ""
    return inside if all(told.file.startswith(inside) for told in files) else ""


def _table(files: Sequence[Told], *, folder: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("", width=1)
    for head in _HEADS:
        is_verdict = head not in ("file", "kind")
        justify: Literal["left", "right"] = "right" if head == "GPUs" else "left"
        table.add_column(head, overflow="fold", no_wrap=is_verdict, justify=justify)
    for told in files:
        table.add_row(*_row(told, folder=folder))
    return table


def _row(told: Told, *, folder: str) -> list[Text]:
    judgement, severity = told.judgement, worst(told.judgement)
    is_quiet = severity == "info"
    sign = Text("✓", "green") if is_quiet else Text(SIGN[severity], STYLE[severity])
    gpus = "–" if judgement.gpus is None else str(judgement.gpus)
    verdicts = (judgement.lanes, judgement.p2p, judgement.nvlink)
    texts = [Text(told.file.removeprefix(folder)), Text(judgement.kind), Text(gpus)]
    return [sign, *texts, *(Text(word, _style(word)) for word in verdicts)]


def _style(word: str) -> str:
    if word in _GOOD:
        return "green"
    return "bold red" if word in _BAD else "dim" if word == "n/a" else "default"


def _finding(finding: Finding) -> Iterator[RenderableType]:
    text = Text(f"{SIGN[finding.severity]} ", STYLE[finding.severity])
    text.append(f"{finding.subject}: {finding.message}", "default")
    yield Hanging(text, first="  ", rest="    ")
    if finding.advice:
        yield Hanging(Text(finding.advice, "dim"), first="    ", rest="    ")
