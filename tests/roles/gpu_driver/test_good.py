from dataclasses import replace

import pytest

from infra.observed import Package
from roles.gpu_driver import good
from roles.gpu_driver.driver import Module
from roles.gpu_driver.settings import GpuDriverSettings
from roles.gpu_driver.state import State

NEW = GpuDriverSettings(version="580.126.09", origin="nvidia", answer_seconds=9)
OLD = NEW.model_copy(update={"version": "570.195.03", "extra_packages": ("nvidia-imex-570",)})
RUNS = State(
    driver={
        "libcuda1": Package(version="580.126.09-1", held=True),
        "nvidia-driver-pinning-580": Package(version="580-1", held=True),
    },
    ours=frozenset({"libcuda1"}),
    loaded=Module("580.126.09", "open"),
    disk=Module("580.126.09", "open"),
)


def test_the_record_brings_back_the_driver_and_nothing_else() -> None:
    assert good.before(NEW, recorded=good.text(OLD)) == OLD


@pytest.mark.parametrize("recorded", ["", "{", "[]", "null", '{"version": "580"}'])
def test_a_record_that_cannot_be_read_is_none(recorded: str) -> None:
    assert good.before(NEW, recorded=recorded) is None


def test_a_whole_driver_runs() -> None:
    assert good.runs(NEW, state=RUNS)


@pytest.mark.parametrize(
    "state",
    [
        replace(RUNS, loaded=None),
        replace(RUNS, loaded=Module("580.126.09", "proprietary")),
        replace(RUNS, disk=Module("580.95.05", "open")),
        replace(RUNS, broken=frozenset({"nvidia-driver-cuda"})),
        replace(RUNS, ours=frozenset({"libcuda1", "libnvidia-ml1"})),
        replace(RUNS, driver={"libcuda1": Package(version="580.95.05-1", held=True)}),
        replace(
            RUNS,
            driver={
                **RUNS.driver,
                "nvidia-utils-580-server": Package("580.126.09-0ubuntu0.24.04.1", held=True),
            },
        ),
    ],
    ids=["unloaded", "flavour", "disk", "broken", "missing", "another", "foreign"],
)
def test_a_driver_that_is_half_there_does_not_run(state: State) -> None:
    assert not good.runs(NEW, state=state)


def test_a_driver_that_nobody_recorded_is_found() -> None:
    assert good.found(OLD, state=RUNS) == OLD.model_copy(
        update={"version": "580.126.09", "modules": "open"}
    )


def test_no_driver_is_found_where_none_is_whole() -> None:
    assert good.found(OLD, state=State()) == OLD
    assert good.found(OLD, state=replace(RUNS, disk=None)) == OLD
