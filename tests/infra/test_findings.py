"""What a check found wrong, in order."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from infra import findings
from infra.history import History
from infra.verdict import Report, Verdict, Word

STARTED = datetime(2026, 11, 21, 3, 12, tzinfo=timezone.utc)


def said(node: str, check: str, word: Word, reason: str = "", waived: str = "") -> Verdict:
    return Verdict(node, "base_system", check, "S", word, reason, waived=waived, todo=f"do {check}")


def found(*verdicts: Verdict) -> list[tuple[str, str, int]]:
    report = Report("lab.py", STARTED, 1.0, verdicts)
    return [(one.word, one.node, len(one.verdicts)) for one in findings.of(report)]


def test_what_failed_comes_first_and_what_is_waived_last() -> None:
    assert found(
        said("a", "check_1", "failed", waived="w"),
        said("a", "check_2", "unproven", "no root"),
        said("b", "check_1", "unproven", "unreachable: off"),
        said("c", "check_1", "passed"),
        said("c", "check_2", "failed", "broken"),
    ) == [("failed", "c", 1), ("unreachable", "b", 1), ("unproven", "a", 1), ("waived", "a", 1)]


def test_a_lost_node_is_one_finding_beside_its_expired_waiver() -> None:
    away = [said("b", f"check_{at}", "unproven", "unreachable: off") for at in range(60)]
    assert found(*away, said("b", "waiver", "failed", "expired")) == [
        ("failed", "b", 1),
        ("unreachable", "b", 60),
    ]


def test_a_finding_says_how_it_is_judged_anew() -> None:
    report = Report("lab.py", STARTED, 1.0, (said("a", "check_1", "failed"),))
    assert (
        findings.of(report)[0].again("lab.py") == "infra check lab.py --limit a --role base_system"
    )


def test_a_finding_that_was_there_before_says_since_when() -> None:
    night = STARTED - timedelta(days=2)
    since = {("a", "", ""): night, ("b", "r", "check_x"): STARTED.replace(microsecond=0)}
    away = Verdict("a", "r", "check_x", "S", "unproven", "unreachable: no route")
    report = Report("lab.py", STARTED, 1.0, (away, replace(away, node="b", reason="busy")))
    assert [
        findings.before(one, History(since=since), report=report) for one in findings.of(report)
    ] == [
        "2026-11-19 03:12 UTC",
        "",
    ]


def test_what_to_do_is_said_where_it_is_one_thing() -> None:
    verdicts = tuple(said("a", f"check_{at}", "unproven", "why") for at in range(2))
    assert findings.of(Report("lab.py", STARTED, 1.0, verdicts))[0].todo == ""
    assert findings.of(Report("lab.py", STARTED, 1.0, verdicts[:1]))[0].todo == "do check_0"
