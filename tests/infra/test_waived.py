"""Verdicts under waivers."""

from datetime import date
from typing import Any

import pytest

from infra import waivers
from infra.verdict import Verdict, Word
from infra.waived import applied

TODAY = date(2026, 11, 21)


def waiver(check: str, until: str = "2026-12-01") -> dict[str, Any]:
    return {"check": check, "owner": "mara", "reason": "card on order", "until": until}


def judged(*given: dict[str, Any], word: Word = "failed") -> tuple[Verdict, ...]:
    verdicts = [
        Verdict("gpu-1", "gpu_driver", "check_loaded", "S", word, "it is not"),
        Verdict("gpu-1", "base_system", "check_time", "S", "passed"),
    ]
    return applied(verdicts, waivers.read({"waivers": given}), today=TODAY)


@pytest.mark.parametrize("word", ["failed", "unproven"])
def test_a_waiver_bears_what_is_broken_or_unproven(word: Word) -> None:
    found = judged(waiver("gpu_driver.check_loaded"), word=word)[0]
    assert (found.verdict, found.word) == (word, "waived")
    assert found.waived == "until 2026-12-01 by mara: card on order"


@pytest.mark.parametrize(
    ("check", "until", "word"),
    [
        ("gpu_driver.check_*", "2026-12-01", "waived"),
        ("gpu_driver.check_loaded", "2026-11-21", "waived"),
        ("gpu_driver.check_loaded", "2026-11-20", "failed"),
        ("gpu_driver.check_pinned", "2026-12-01", "failed"),
        ("base_system.check_loaded", "2026-12-01", "failed"),
    ],
)
def test_it_bears_only_what_it_names_until_its_last_day(check: str, until: str, word: str) -> None:
    assert judged(waiver(check, until))[0].word == word


def test_a_kept_promise_needs_no_waiver() -> None:
    assert judged(waiver("gpu_driver.check_*"), word="passed")[0].waived == ""


def test_an_expired_waiver_fails_even_where_its_promise_is_kept() -> None:
    over = judged(waiver("gpu_driver.check_loaded", "2026-11-20"), word="passed")[-1]
    assert (over.node, over.role, over.check) == ("gpu-1", "gpu_driver", "waiver")
    assert over.word == "failed"
    assert over.reason == (
        "gpu_driver.check_loaded: the waiver of mara (card on order) is expired since 2026-11-20"
    )


def test_expired_waivers_of_a_role_are_one_verdict() -> None:
    old = [waiver("gpu_driver.check_loaded", "2026-11-20"), waiver("gpu_driver.*", "2026-11-19")]
    found = judged(*old)
    assert len(found) == 3
    assert found[-1].reason.count("expired since") == 2


def test_an_expired_waiver_of_a_role_that_was_not_checked_is_not_judged() -> None:
    assert len(judged(waiver("inference_engine.*", "2026-11-20"))) == 2


def test_applied_twice_it_changes_nothing() -> None:
    given = waivers.read({"waivers": [waiver("gpu_driver.*", "2026-11-20")]})
    once = judged(waiver("gpu_driver.*", "2026-11-20"))
    assert applied(once, given, today=TODAY) == once
