import subprocess
from pathlib import Path

from infra.observed import Package
from roles.gpu_driver import state
from roles.gpu_driver.driver import Module

FOUND = state.parse((Path(__file__).parent / "state-gpu-node.txt").read_text().splitlines())


def test_cards_are_listed() -> None:
    assert FOUND.gpus == ("0000:41:00.0", "0000:c1:00.0")


def test_only_installed_packages_of_a_driver_count() -> None:
    version = "580.95.05-0ubuntu0.24.04.2"
    assert FOUND.driver == {
        "libnvidia-compute-580-server": Package(version=version, held=True),
        "nvidia-utils-580-server": Package(version=version, held=False),
    }


def test_enablement_kernels_are_told() -> None:
    assert FOUND.kernels == {
        "linux-image-generic-hwe-24.04": Package(version="6.14.0-33.33~24.04.1", held=True)
    }


def test_ids_of_cards_are_told_where_sysfs_says() -> None:
    assert FOUND.ids == {"0000:41:00.0": ("2204", "10de:1467")}
    assert FOUND.switches == ("0000:05:00.0",)


def test_what_came_in_no_package_is_told() -> None:
    assert FOUND.user_space == "580.95.05"
    assert FOUND.runfile == ("/usr/bin/nvidia-uninstall",)


def test_what_infra_holds_is_known() -> None:
    assert FOUND.ours == {"libnvidia-compute-580-server", "nvidia-utils-580-server"}


def test_modules_are_told_loaded_and_on_disk() -> None:
    assert FOUND.loaded == FOUND.disk == Module("580.95.05", "open")


def test_nouveau_is_off() -> None:
    assert not FOUND.nouveau
    assert FOUND.modprobe == state.NOUVEAU_OFF


def test_a_bare_host_has_nothing() -> None:
    found = state.parse(["kernel 6.12.0", "os debian", "disk ", "license ", "nouveau loaded"])
    assert found == state.State(kernel="6.12.0", os="debian", nouveau=True)


def test_no_answer_is_a_host_of_which_nothing_is_known() -> None:
    assert state.parse([]) == state.State()


def test_the_command_runs_anywhere_and_succeeds() -> None:
    done = subprocess.run(["sh", "-c", state.COMMAND], capture_output=True, text=True, check=True)
    assert state.parse(done.stdout.splitlines()).kernel


def test_what_dpkg_was_interrupted_at_is_told_apart() -> None:
    """Seen after dpkg was killed: a package that was never whole has no version."""
    found = state.parse(
        [
            "package libcuda1 580.95.05-1 install half-installed",
            "package libnvidia-ml1 580.126.09-1 install unpacked",
            "package nvidia-firmware-580-580.126.09  install half-installed",
            "package nvidia-modprobe 580.126.09-1 install half-configured",
            "package cuda-toolkit 13.0 install unpacked",
            "package nvidia-utils-580 580.95.05-1 deinstall config-files",
        ]
    )
    assert found.driver == {}
    assert found.wrecks == {"libcuda1", "nvidia-firmware-580-580.126.09"}
    assert found.broken == found.wrecks | {"libnvidia-ml1", "nvidia-modprobe"}
