"""What pictures of runs say in words."""

from datetime import datetime, timedelta, timezone

from infra.history import History, Run
from infra.page_history import SHOWN_RUNS, before, fleet_spark, node_sparks, shown_runs, trends
from infra.verdict import Report, Verdict

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=timezone.utc)
REPORT = Report("lab.py", NOW, 1.0, (Verdict("a", "r", "c", "S", "failed", "no"),))


def night(ago: int, failed: int = 0, unproven: int = 0) -> Run:
    counts = {"a": (9, failed, unproven)}
    return Run(NOW - timedelta(days=ago), 9, failed, unproven, 0, counts)


def test_the_sentence_says_now_and_the_worst() -> None:
    runs = [night(3), night(2, failed=4), night(1), night(0, failed=1, unproven=2)]
    assert fleet_spark(runs).sentence == (
        "now 1 failed, 2 not proven; findings in 2 of 4 runs; most failed: 4 on 19 Nov"
    )


def test_a_clean_fleet_says_since_when() -> None:
    runs = [night(3), night(2, failed=1), night(1), night(0)]
    assert fleet_spark(runs).sentence == (
        "no finding since 20 Nov; findings in 1 of 4 runs; most failed: 1 on 19 Nov"
    )


def test_a_fleet_that_was_ever_clean_needs_no_date() -> None:
    assert fleet_spark([night(1), night(0)]).sentence == "no finding in 2 runs"


def test_a_node_that_came_later_has_no_bars_before() -> None:
    (spark,) = node_sparks([Run(NOW - timedelta(days=1), 9, 0, 0, 0), night(0)], nodes=["a"])
    assert [bar.known for bar in spark.bars] == [False, True]
    assert spark.sentence == "no finding in 1 run"


def test_a_worst_that_is_now_is_not_told_twice() -> None:
    assert fleet_spark([night(1), night(0, failed=2)]).sentence == (
        "now 2 failed; findings in 1 of 2 runs"
    )


def test_a_node_that_is_new_was_not_checked_before() -> None:
    assert node_sparks([night(0)], nodes=["b"])[0].sentence == "not checked before"


def test_a_month_of_runs_is_shown() -> None:
    history = History(tuple(night(100 - at) for at in range(100)))
    assert shown_runs(history) == history.runs[-SHOWN_RUNS:]


def test_the_present_run_is_not_the_run_before() -> None:
    assert before(REPORT, History((night(1), night(0)))) == night(1)
    assert before(REPORT, History((night(0),))) is None


def test_a_part_of_the_inventory_is_compared_with_no_run_of_the_whole() -> None:
    assert before(REPORT, History((night(2), night(1)))) is None
    assert [one.sentence for one in trends(REPORT, None).values()] == [""] * 4


def test_trends_compare_with_the_run_before() -> None:
    found = trends(REPORT, night(1, failed=3))
    assert found["failed"].sentence == "2 fewer than before"
    assert found["unproven"].sentence == "as in the run before"
    assert trends(REPORT, None)["failed"].sentence == ""
