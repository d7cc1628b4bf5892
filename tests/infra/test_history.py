"""What earlier checks came to, and what is new."""

from dataclasses import astuple
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from infra import history
from infra.history import History, remembered
from infra.verdict import INTERRUPTED, Report, Verdict, Word

FIRST = datetime(2026, 11, 20, 2, 30, tzinfo=timezone.utc)


def said(node: str, word: Word, reason: str = "", *, waived: str = "") -> Verdict:
    return Verdict(node, "gpu_driver", "check_loaded", "S", word, reason, waived=waived)


def night(folder: Path, number: int, *verdicts: Verdict, whole: bool = True) -> History:
    started = FIRST + timedelta(days=number)
    report = Report("inventories/lab.py", started, 1.0, verdicts)
    return remembered(report, folder=folder, whole=whole)


def changed(found: History) -> list[tuple[str, ...]]:
    return [astuple(change) for change in found.changes]


def test_runs_are_counted_oldest_first(tmp_path: Path) -> None:
    night(tmp_path, 0, said("gpu-1", "passed"), said("gpu-2", "failed"))
    found = night(tmp_path, 1, said("gpu-1", "passed"), said("gpu-2", "failed", waived="w"))
    assert [(run.started, run.passed, run.failed, run.waived) for run in found.runs] == [
        (FIRST, 1, 1, 0),
        (FIRST + timedelta(days=1), 1, 0, 1),
    ]
    assert found.runs[0].by_node == {"gpu-1": (1, 0, 0), "gpu-2": (0, 1, 0)}


def test_a_first_run_changes_nothing(tmp_path: Path) -> None:
    assert night(tmp_path, 0, said("gpu-1", "failed")).changes == ()


def test_what_came_to_another_word_is_a_change_once(tmp_path: Path) -> None:
    night(tmp_path, 0, said("gpu-1", "passed"))
    found = night(tmp_path, 1, said("gpu-1", "failed", "gone"))
    assert changed(found) == [("gpu-1", "gpu_driver", "check_loaded", "passed", "failed")]
    assert found.changes[0].worse
    assert night(tmp_path, 2, said("gpu-1", "failed", "gone")).changes == ()
    mended = night(tmp_path, 3, said("gpu-1", "passed"))
    assert changed(mended) == [("gpu-1", "gpu_driver", "check_loaded", "failed", "passed")]


def test_a_word_is_known_with_its_first_night(tmp_path: Path) -> None:
    key = ("gpu-1", "gpu_driver", "check_loaded")
    night(tmp_path, 0, said("gpu-1", "passed"))
    night(tmp_path, 1, said("gpu-1", "failed"))
    assert night(tmp_path, 2, said("gpu-1", "failed")).since[key] == FIRST + timedelta(days=1)


def test_a_node_that_is_lost_is_one_change_and_its_words_are_kept(tmp_path: Path) -> None:
    away = [
        Verdict("gpu-1", role, "check_loaded", "S", "unproven", "unreachable: no route")
        for role in ("gpu_driver", "base_system")
    ]
    night(tmp_path, 0, said("gpu-1", "failed"))
    assert changed(night(tmp_path, 1, *away)) == [("gpu-1", "", "", "reachable", "unreachable")]
    back = night(tmp_path, 2, said("gpu-1", "failed"))
    assert changed(back) == [("gpu-1", "", "", "unreachable", "reachable")]
    assert back.since[("gpu-1", "gpu_driver", "check_loaded")] == FIRST


def test_a_part_of_the_inventory_is_no_run_and_forgets_nobody(tmp_path: Path) -> None:
    night(tmp_path, 0, said("gpu-1", "passed"), said("gpu-2", "passed"))
    found = night(tmp_path, 1, said("gpu-1", "failed"), whole=False)
    assert len(found.runs) == 1
    assert len(found.changes) == 1
    assert len(night(tmp_path, 2, said("gpu-2", "failed"), whole=False).changes) == 1


def test_a_new_node_is_no_change_but_what_fails_there_is(tmp_path: Path) -> None:
    night(tmp_path, 0, said("gpu-1", "passed"))
    assert night(tmp_path, 1, said("gpu-1", "passed"), said("gpu-2", "passed")).changes == ()
    found = night(tmp_path, 2, said("gpu-1", "passed"), said("gpu-3", "failed"))
    assert changed(found) == [("gpu-3", "gpu_driver", "check_loaded", "", "failed")]


def test_what_was_interrupted_is_not_remembered(tmp_path: Path) -> None:
    night(tmp_path, 0, said("gpu-1", "passed"))
    found = night(tmp_path, 1, said("gpu-1", "unproven", INTERRUPTED))
    assert len(found.runs) == 1
    assert night(tmp_path, 2, said("gpu-1", "passed")).changes == ()


def test_old_runs_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT_RUNS", 3)
    for number in range(5):
        found = night(tmp_path, number, said("gpu-1", "passed"))
    assert [run.started for run in found.runs] == [FIRST + timedelta(days=n) for n in (2, 3, 4)]


def test_a_history_that_cannot_be_read_begins_anew(tmp_path: Path) -> None:
    night(tmp_path, 0, said("gpu-1", "passed"))
    (tmp_path / "runs.json").write_text('{"half')
    (tmp_path / "words.json").write_text("")
    assert len(night(tmp_path, 1, said("gpu-1", "failed")).runs) == 1


@pytest.mark.parametrize("left", ["3", "[3]", '{"a": 1}', '[{"started": "once"}]', "[[1]]", "null"])
def test_a_history_of_another_shape_begins_anew(tmp_path: Path, left: str) -> None:
    for name in ("runs.json", "words.json"):
        (tmp_path / name).write_text(left)
    assert len(night(tmp_path, 1, said("gpu-1", "failed")).runs) == 1


def test_what_a_later_version_adds_is_passed_over(tmp_path: Path) -> None:
    night(tmp_path, 0, said("gpu-1", "passed"))
    runs = tmp_path / "runs.json"
    runs.write_text(runs.read_text().replace('{"started"', '{"drift":3,"started"'))
    assert len(night(tmp_path, 1, said("gpu-1", "passed")).runs) == 2


def test_since_when_a_node_is_away_is_known(tmp_path: Path) -> None:
    away = said("gpu-1", "unproven", "unreachable: no route")
    night(tmp_path, 0, said("gpu-1", "passed"))
    for number in (1, 2, 3):
        found = night(tmp_path, number, away)
    assert found.since[("gpu-1", "", "")] == FIRST + timedelta(days=1)
