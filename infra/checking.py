"""What a check came to, whole, and the files that it is written to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from infra.drift import Drift
from infra.files import write_atomic
from infra.history import History
from infra.report_junit import junit
from infra.report_markdown import markdown
from infra.report_prometheus import prometheus
from infra.verdict import Report
from infra.waivers import Waiver


@dataclass(frozen=True)
class Checked:
    """A report, what was known before it, and what a deploy would change (None: not asked)."""

    report: Report
    history: History
    drift: Drift | None
    waivers: Mapping[str, Sequence[Waiver]]
    """By node."""

    def as_json(self) -> dict[str, Any]:
        """The JSON of a check."""
        changes = [vars(change) for change in self.history.changes]
        drift = None if self.drift is None else self.drift.as_json()
        return {**self.report.as_json(), "changes": changes, "drift": drift}


@dataclass(frozen=True)
class Files:
    """Where each kind of report goes; None: nowhere."""

    json: str | None = None
    junit: str | None = None
    html: str | None = None
    markdown: str | None = None
    prometheus: str | None = None

    @property
    def named(self) -> dict[str, Path]:
        """The files to write, by kind."""
        found = ((kind.name, getattr(self, kind.name)) for kind in fields(self))
        return {kind: Path(path) for kind, path in found if path is not None}


def write(checked: Checked, files: Files, *, content: Mapping[str, Any]) -> None:
    """Write every file that is named, each by rename; `content` is the JSON."""
    for kind, path in files.named.items():
        write_atomic(path, _text(kind, checked, content=content))


def _text(kind: str, checked: Checked, *, content: Mapping[str, Any]) -> str:
    report, history, drift = checked.report, checked.history, checked.drift
    if kind == "json":
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    if kind == "junit":
        return junit(report)
    if kind == "markdown":
        return markdown(report, history=history, drift=drift)
    if kind == "prometheus":
        return prometheus(report, waivers=checked.waivers, drift=drift)
    from infra.page_check import page

    return page(report, history=history, drift=drift)
