"""What a run's verdicts come to."""

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from infra.verdict import INTERRUPTED, Report, Verdict, Word

STARTED = datetime(2026, 11, 21, 3, 12, tzinfo=timezone.utc)


def report(*words: Word) -> Report:
    verdicts = tuple(Verdict("gpu-1", "r", f"check_{at}", "S", w) for at, w in enumerate(words))
    return Report("inventories/lab.py", STARTED, 1.23456, verdicts, simulated=("gpu-1",))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("passed", "passed"), 0),
        (("passed", "failed"), 1),
        (("failed", "unproven"), 1),
        (("passed", "unproven"), 3),
        (("unproven",), 3),
        ((), 1),
    ],
)
def test_the_worst_verdict_gives_the_exit_code(words: tuple[Word, ...], code: int) -> None:
    assert report(*words).exit_code == code


def test_json_has_the_promised_keys() -> None:
    found = report("passed", "failed", "unproven").as_json()
    verdicts = found.pop("verdicts")
    assert found == {
        "inventory": "inventories/lab.py",
        "started": "2026-11-21T03:12:00+00:00",
        "seconds": 1.235,
        "passed": 1,
        "failed": 1,
        "unproven": 1,
        "waived": 0,
        "unreachable": {},
        "interrupted": False,
        "simulated": ["gpu-1"],
        "remarks": [],
    }
    assert verdicts[1] == {
        "node": "gpu-1",
        "role": "r",
        "check": "check_1",
        "sentence": "S",
        "verdict": "failed",
        "reason": "",
        "waived": "",
        "todo": "",
        "seconds": 0.0,
    }


def test_a_check_that_was_interrupted_is_no_success() -> None:
    left = Verdict("n", "r", "c", "", "unproven", INTERRUPTED)
    found = Report("lab.py", STARTED, 1.0, (left,))
    assert (found.interrupted, found.exit_code) == (True, 1)


@pytest.mark.parametrize("word", ["failed", "unproven"])
def test_what_a_waiver_bears_does_not_fail(word: Word) -> None:
    borne = Verdict("gpu-1", "r", "check_x", "S", word, waived="until then")
    found = replace(report("passed"), verdicts=(*report("passed").verdicts, borne))
    assert (found.failed, found.unproven, found.waived, found.exit_code) == (0, 0, 1, 0)


def test_a_node_is_unreachable_when_nothing_of_it_could_be_asked() -> None:
    away = [Verdict("n", "r", f"check_{at}", "", "unproven", "unreachable: off") for at in "ab"]
    late = Verdict("n", "r", "waiver", "", "failed", "expired")
    assert Report("lab.py", STARTED, 1.0, (*away, late)).unreachable == {"n": "unreachable: off"}
    asked = Verdict("n", "r", "check_c", "", "passed")
    assert Report("lab.py", STARTED, 1.0, (*away, asked)).unreachable == {}
    refused = Verdict("n", "r", "check_a", "", "unproven", "unproven without root")
    assert Report("lab.py", STARTED, 1.0, (refused,)).unreachable == {}
