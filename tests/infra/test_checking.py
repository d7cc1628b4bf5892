"""The files that a check is written to."""

import json
from datetime import datetime, timezone
from pathlib import Path
from xml.etree import ElementTree

from infra.checking import Checked, Files, write
from infra.drift import Drift, NodeDrift
from infra.history import History
from infra.verdict import Report, Verdict
from infra.words import Change

STARTED = datetime(2026, 11, 21, 3, 12, tzinfo=timezone.utc)
CHECKED = Checked(
    Report("lab.py", STARTED, 1.0, (Verdict("gpu-1", "r", "check_x", "It is", "failed", "no"),)),
    History(changes=(Change("gpu-1", "r", "check_x", "passed", "failed"),)),
    Drift((NodeDrift("gpu-1", {"r": ("Mend it",)}),)),
    {"gpu-1": ()},
)


def test_every_named_file_is_written_in_its_format(tmp_path: Path) -> None:
    kinds = ("json", "junit", "html", "markdown", "prometheus")
    files = Files(**{kind: str(tmp_path / kind) for kind in kinds})
    write(CHECKED, files, content=CHECKED.as_json())
    texts = {kind: (tmp_path / kind).read_text() for kind in kinds}
    assert json.loads(texts["json"])["failed"] == 1
    assert ElementTree.fromstring(texts["junit"]).get("failures") == "1"
    assert texts["html"].lower().startswith("<!doctype html>")
    assert texts["markdown"].startswith("# Compliance of lab.py")
    assert texts["prometheus"].startswith("# HELP infra_compliance_checks ")


def test_nothing_else_is_written(tmp_path: Path) -> None:
    write(CHECKED, Files(markdown=str(tmp_path / "x.md")), content={})
    assert [path.name for path in tmp_path.iterdir()] == ["x.md"]


def test_the_json_tells_changes_and_drift() -> None:
    found = CHECKED.as_json()
    assert found["changes"] == [
        {
            "node": "gpu-1",
            "role": "r",
            "check": "check_x",
            "before": "passed",
            "now": "failed",
        }
    ]
    assert found["drift"]["changes"] == 1
