import subprocess
from pathlib import Path
from typing import Any

import pytest

from roles.gpu_driver import simulation
from roles.gpu_driver.simulation import Simulation

HERE = Path(__file__).parent


def recorded(name: str) -> Simulation:
    return simulation.parse((HERE / f"simulation-{name}.txt").read_text().splitlines())


@pytest.mark.parametrize("name", ["fresh", "upgrade"])
def test_a_set_that_installs_is_no_problem(name: str) -> None:
    found = recorded(name)
    assert simulation.problem(found) is None
    assert len(found.installs) == 9
    assert found.errors == ()


def test_an_unmet_dependency_is_told_as_apt_tells_it() -> None:
    said = simulation.problem(recorded("held"))
    assert said is not None
    assert said.startswith("apt-get: The following packages have unmet dependencies:")
    assert (
        "nvidia-headless-no-dkms-580-server-open : Depends: nvidia-kernel-common-580-server "
        "(= 580.95.05-0ubuntu0.24.04.2) but 580.82.09-0ubuntu0.24.04.1 is to be installed" in said
    )
    assert "E: Unable to correct problems, you have held broken packages." in said
    assert "gpu_driver.replace_held = True" in said


def test_what_removes_other_packages_is_refused() -> None:
    found = simulation.parse(["Remv docker.io [26.1.5]", "Remv libnvidia-ml1 [1]", "STATUS 0"])
    said = simulation.problem(found)
    assert said is not None and said.startswith("apt-get would remove docker.io to install")


def test_other_drivers_packages_may_go() -> None:
    assert simulation.problem(simulation.parse(["Remv libcuda1 [1]", "STATUS 0"])) is None


def test_a_simulation_that_did_not_run_is_a_problem() -> None:
    said = simulation.problem(simulation.parse([]))
    assert said is not None and "failed without a word" in said


ASKED: dict[str, Any] = {
    "preferences": "Package: it's\n",
    "arguments": ("a=1", "b-"),
    "unhold": ("a", "b"),
    "wrecks": ("c",),
}


def test_the_commands_are_shell() -> None:
    for text in (simulation.command(**ASKED), simulation.fetch_command(**ASKED)):
        assert subprocess.run(["sh", "-nc", text], check=False).returncode == 0
        assert "install a=1 b-" in text


def test_only_the_fetching_command_fetches_and_neither_installs() -> None:
    assert "apt-get -s " in simulation.command(**ASKED)
    assert "--download-only" in simulation.fetch_command(**ASKED)


def test_obstacles_count_as_free_and_wrecks_as_gone(tmp_path: Path) -> None:
    text = simulation.command(**ASKED)
    program = text[text.index("awk ") : text.index(" /var/lib/dpkg/status")]
    status = tmp_path / "status"
    status.write_text(
        "Package: a\nStatus: hold ok installed\n\nPackage: d\nStatus: hold ok installed\n\n"
        "Package: c\nStatus: install reinstreq half-installed\n"
    )
    done = subprocess.run(
        ["sh", "-c", f"{program} {status}"], capture_output=True, text=True, check=True
    )
    assert [line for line in done.stdout.splitlines() if "Status" in line] == [
        "Status: install ok installed",
        "Status: hold ok installed",
        "Status: install ok not-installed",
    ]
