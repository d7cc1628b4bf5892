from dataclasses import replace
from typing import cast

from infra.observed import Package
from infra.runner import Apply
from infra.testing import Rehearsal, rehearse
from roles.cuda_toolkit.facts import MovedDrivers, Toolkit
from roles.cuda_toolkit.operations import apply
from roles.cuda_toolkit.settings import CudaToolkitSettings
from roles.cuda_toolkit.toolkit import State

SETTINGS = CudaToolkitSettings(version="12.9.1")
BARE = State(offers=("12.9.1-1", "12.9.0-1"))
THERE = State(
    installed={
        "cuda-toolkit-12-9": Package("12.9.1-1", held=True),
        "cuda-nvcc-12-9": Package("12.9.1-1", held=True),
    },
    link="/usr/local/cuda-12.9",
)


def rehearsed(state: State, *, drivers: tuple[str, ...] = ()) -> Rehearsal:
    facts = {Toolkit: state, MovedDrivers: drivers}
    return rehearse(cast(Apply, apply), SETTINGS, facts=facts)  # type: ignore[arg-type]


def test_a_bare_host_gets_the_exact_version_and_the_link() -> None:
    done = rehearsed(BARE)
    assert "cuda-toolkit-12-9=12.9.1-1" in done.commands[0].text
    assert "ln -sfn /usr/local/cuda-12.9" in done.commands[-1].text


def test_a_second_run_changes_nothing() -> None:
    assert (rehearsed(THERE).changed, rehearsed(THERE).commands) == ((), ())


def test_an_installation_that_would_touch_a_driver_is_refused() -> None:
    done = rehearsed(BARE, drivers=("libcuda1",))
    assert done.operations == ("Install CUDA toolkit",)
    assert done.commands == ()


def test_another_version_moves_down_as_well() -> None:
    newer = {**THERE.installed, "cuda-toolkit-12-9": Package("12.9.2-1", held=True)}
    done = rehearsed(replace(THERE, installed=newer, offers=BARE.offers))
    assert "--allow-downgrades" in done.commands[0].text


def test_a_loose_part_is_held() -> None:
    loose = {**THERE.installed, "cuda-nvcc-12-9": Package("12.9.1-1", held=False)}
    done = rehearsed(replace(THERE, installed=loose))
    (command,) = done.commands
    assert "apt-mark hold cuda-nvcc-12-9" in command.text


def test_a_version_that_no_source_has_is_said_with_those_there_are() -> None:
    (command, *_) = rehearsed(State(offers=("12.9.0-1",))).commands
    assert "(offered: 12.9.0-1)" in command.text and command.text.endswith("exit 1")


def test_a_link_to_another_release_is_moved() -> None:
    done = rehearsed(replace(THERE, link="/usr/local/cuda-12.8"))
    assert done.changed == ("Point CUDA link",)
