"""Markdown of a check."""

from datetime import datetime, timezone

from infra.drift import Drift, NodeDrift
from infra.history import History
from infra.report_markdown import markdown
from infra.verdict import Report, Verdict
from infra.words import Change

STARTED = datetime(2026, 11, 21, 3, 12, tzinfo=timezone.utc)
GOOD = Verdict("gpu-1", "base_system", "check_time", "The time is right", "passed")


def broken(reason: str, **more: str) -> Verdict:
    return Verdict("gpu-2", "gpu_driver", "check_x", "It is", "failed", reason, **more)  # type: ignore[arg-type]


def written(*verdicts: Verdict, history: History | None = None, drift: Drift | None = None) -> str:
    report = Report("inventories/lab.py", STARTED, 1.93, verdicts, simulated=("gpu-2",))
    return markdown(report, history=history or History(), drift=drift)


def test_findings_come_first_and_say_promise_finding_and_remedy() -> None:
    text = written(GOOD, broken("it is not", todo="deploy"))
    assert text.partition("## Fleet")[0] == (
        "# Compliance of inventories/lab.py\n\n"
        "2026-11-21 03:12 UTC, 1.9 s: **1 failed, 0 unproven, 0 waived, 1 passed**\n\n"
        "## ✗ failed: gpu-2 · gpu_driver\n\n"
        "Promised: It is\n\n"
        "Found:\n\n```text\nit is not\n```\n\n"
        "What to do: deploy\n\n"
        "Then: `infra check inventories/lab.py --limit gpu-2 --role gpu_driver`\n\n"
    )


def test_the_fleet_is_a_table_with_words() -> None:
    assert written(GOOD, broken("x")).partition("## Fleet\n\n")[2] == (
        "| node | base_system | gpu_driver |\n"
        "|---|---|---|\n"
        "| gpu-1 | ✓ 1 passed | – |\n"
        "| gpu-2 | – | ✗ 1 failed |\n\n"
        "Simulated hardware: gpu-2.\n"
    )


def test_what_a_host_says_cannot_leave_its_block() -> None:
    text = written(broken("```\n# not a heading\x1b[31m \u202egnp"))
    assert "````text\n```\n# not a heading\ufffd[31m \ufffdgnp\n````" in text


def test_a_waiver_stands_in_place_of_what_to_do() -> None:
    text = written(broken("x", waived="until 2026-12-01 by mara: *now*"))
    assert "Waived until 2026-12-01 by mara: \\*now\\*\n" in text
    assert "What to do" not in text


def test_changes_and_drift_are_lists() -> None:
    drift = Drift((NodeDrift("gpu-1", {"r": ("Write x",)}), NodeDrift("gpu-2", problem="a | b")))
    text = written(
        GOOD, history=History(changes=(Change("gpu-1", "r", "c", "", "failed"),)), drift=drift
    )
    assert "## Since the last check\n\n- gpu-1 · r · c: new → failed\n" in text
    assert "- gpu-1 · r: Write x\n- gpu-2: a \\| b\n" in text
