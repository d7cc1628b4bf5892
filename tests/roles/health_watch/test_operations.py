"""A second deploy starts nothing anew."""

import hashlib
from typing import Any

import pytest

from infra import facts, observed
from infra.operations import Succeeds
from infra.testing import Rehearsal, rehearse
from roles.health_watch import program, promise
from roles.health_watch.operations import apply
from roles.health_watch.program.promised import CONFIG
from roles.health_watch.settings import HealthWatchSettings


def on(settings: HealthWatchSettings, *, runs: bool, promised: HealthWatchSettings) -> Rehearsal:
    texts = {
        program.PATH: (program.text(), program.MODE),
        CONFIG: (promise.config_text(settings), "644"),
        promise.UNIT_PATH: (promise.unit_text(), "644"),
    }

    def stat(path: str) -> observed.FileStat:
        text, mode = texts[path]
        return observed.FileStat(mode, "root", "root", hashlib.sha256(text.encode()).hexdigest())

    there = observed.Package(version="1", held=False)
    known: dict[Any, Any] = {
        facts.Packages: {"python3": there, "iproute2": there},
        facts.FileStat: stat,
        facts.Unit: lambda unit: observed.Unit("loaded", "active", "enabled", False),
        Succeeds: lambda command: runs,
    }
    return rehearse(apply, promised, facts=known)


def test_a_watch_that_runs_is_left_alone(settings: HealthWatchSettings) -> None:
    assert on(settings, runs=True, promised=settings).changed == ()


def test_one_that_runs_with_something_else_is_started_anew(settings: HealthWatchSettings) -> None:
    done = on(settings, runs=False, promised=settings)
    assert done.changed == ("Restart the watch", "Await the watch")


@pytest.mark.parametrize("runs", [True, False])
def test_another_limit_starts_it_anew(settings: HealthWatchSettings, runs: bool) -> None:
    patient = settings.model_copy(update={"stall_seconds": 600.0})
    done = on(settings, runs=runs, promised=patient)
    assert done.changed[:2] == ("Write whom it watches", "Restart the watch")
