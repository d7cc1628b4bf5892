"""A drill that was killed is found again; two at once are refused."""

import time
from pathlib import Path

import pytest

from infra.drill import running
from infra.drill.record import Checks, Stage


@pytest.fixture
def inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "rack.py"


def test_what_is_saved_is_found_again(inventory: Path) -> None:
    made = running.begun(inventory, node="gpu-2", by="mara@laptop")
    made.marks = {"balancer-1": "1 2\n3 4\n"}
    made.begin("wipe")
    made.keep(Stage("wipe", 1.0, 2.0))
    made.finish("wipe")
    made.checks = Checks(passed=3)
    made.save()
    assert running.left(inventory, node="gpu-2") == made


def test_a_drill_that_never_began_or_has_ended_is_not_there(inventory: Path) -> None:
    assert running.left(inventory, node="gpu-2") is None
    made = running.begun(inventory, node="gpu-2", by="mara@laptop")
    made.save()
    made.forget()
    assert running.left(inventory, node="gpu-2") is None


def test_who_takes_it_up_knows_where_and_for_how_long_it_stood(inventory: Path) -> None:
    made = running.begun(inventory, node="gpu-2", by="mara@laptop")
    made.started -= 100
    made.begin("install")
    made.seen = time.time() - 40
    (gap,) = running.taken_up(made).taken_up
    assert gap.stage == "install"
    assert 99 < gap.at < 110
    assert 39 < gap.after < 50


def test_the_time_goes_on_while_nobody_works_at_it(inventory: Path) -> None:
    made = running.begun(inventory, node="gpu-2", by="mara@laptop")
    made.started -= 1000
    assert made.seconds >= 1000


def test_two_at_once_are_refused(inventory: Path) -> None:
    with running.alone(inventory, node="gpu-2"):
        with running.alone(inventory, node="gpu-1"):
            pass
        with (
            pytest.raises(running.BusyError, match="gpu-2: another infra drill"),
            running.alone(inventory, node="gpu-2"),
        ):
            pass
    with running.alone(inventory, node="gpu-2"):
        pass
