"""Steps are done in order, once, and begin again where a drill stopped."""

from dataclasses import replace
from typing import Any

import pytest

from infra import secrets
from infra.drill import running
from infra.drill.work import Drill, StageError, Step, went


class Steps:
    """Steps that note what is done, and one that fails as often as it is told to."""

    def __init__(self, *, failing: str = "", times: int = 1) -> None:
        self.done: list[str] = []
        self.failing, self.times = failing, times

    def work(self, name: str) -> str:
        self.done.append(name)
        if name == self.failing and self.times > 0:
            self.times -= 1
            raise StageError(f"{name} does not work")
        return f"{name}, noted"

    def steps(self) -> list[Step]:
        return [
            Step(name, lambda _, name=name: self.work(name), again=name == "drain")  # type: ignore[misc]
            for name in ("drain", "wipe", "checks", "open")
        ]


def test_every_step_is_a_stage_with_its_note(drill_of: Any) -> None:  # noqa: ANN401
    made: Drill = drill_of()
    assert went(made, Steps().steps()) is None
    assert [one.stage for one in made.running.stages] == ["drain", "wipe", "checks", "open"]
    assert made.running.stages[1].note == "wipe, noted"
    assert made.running.stages[0].started is not None


def test_a_step_that_fails_stops_the_drill_and_is_told(drill_of: Any) -> None:  # noqa: ANN401
    made, steps = drill_of(), Steps(failing="wipe")
    failure = went(made, steps.steps())
    assert failure is not None
    assert (failure.stage, failure.sentence) == ("wipe", "wipe does not work")
    assert steps.done == ["drain", "wipe"]
    assert made.running.stages[-1].note == "failed"


def test_who_takes_it_up_holds_the_node_again_and_goes_on_where_it_stopped(
    drill_of: Any,  # noqa: ANN401
) -> None:
    steps = Steps(failing="checks")
    assert went(drill_of(), steps.steps()) is not None
    steps.done.clear()
    again = drill_of()
    assert again.running.at == "checks"
    assert went(again, steps.steps()) is None
    assert steps.done == ["drain", "checks", "open"]
    assert [one.stage for one in again.running.stages] == ["drain", "wipe", "checks", "open"]
    assert again.running.stages[2].note == "checks, noted"


def test_a_drill_killed_after_its_last_step_does_not_hold_the_node_again(
    drill_of: Any,  # noqa: ANN401
) -> None:
    steps = Steps()
    went(drill_of(), steps.steps())
    steps.done.clear()
    assert went(drill_of(), steps.steps()) is None
    assert steps.done == []


def test_the_time_stands_still_after_the_last_step(drill_of: Any) -> None:  # noqa: ANN401
    """Who records it later, because it was killed then, records how long it took."""
    went(drill_of(), Steps().steps())
    left = drill_of().running
    left.started -= 100
    left.ended -= 60
    assert 39 < left.seconds < 60


def test_who_asked_for_all_sees_no_secret_that_a_program_prints(
    drill_of: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(secrets, "seen", {"canary-1234"})
    made = replace(drill_of(), verbose=True)
    made.hear("| token canary-1234")
    assert made.out.file.getvalue() == "| token (secret)\n"


def test_a_fault_of_ours_is_no_failure_of_the_node(drill_of: Any) -> None:  # noqa: ANN401
    def fault(_: Drill) -> str:
        raise ZeroDivisionError

    made = drill_of()
    with pytest.raises(ZeroDivisionError):
        went(made, [Step("wipe", fault)])
    left = running.left(made.inventory, node="n")
    assert left is not None
    assert (left.at, left.done) == ("wipe", [])
