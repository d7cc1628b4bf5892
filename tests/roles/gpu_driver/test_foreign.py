from dataclasses import replace

from infra.observed import Package
from roles.gpu_driver import foreign
from roles.gpu_driver.driver import Module
from roles.gpu_driver.state import State

OURS = "580.95.05-0ubuntu0.24.04.2"
BARE = State(os="ubuntu", gpus=("0000:41:00.0",))
UNPACKED = replace(
    BARE, disk=Module("580.95.05", "open"), user_space="580.95.05", runfile=(foreign.UNINSTALL,)
)


def host(*others: str) -> State:
    versions = {"nvidia-utils-580-server": OURS, **dict.fromkeys(others, "580-1")}
    return replace(
        BARE, driver={name: Package(version=at, held=True) for name, at in versions.items()}
    )


def refused(state: State, *, replace_: bool = False) -> str:
    return foreign.refusal(state, origin="ubuntu", replace=replace_) or ""


def test_packages_from_elsewhere_are_named_with_how_to_remove_them() -> None:
    said = refused(host("libcuda1", "nvidia-driver-cuda", "libnvidia-ml1", "nvidia-smi"))
    assert "libcuda1 580-1, libnvidia-ml1 580-1, nvidia-driver-cuda 580-1 and 1 more" in said
    assert "apt-get purge --allow-change-held-packages libcuda1" in said
    assert "gpu_driver.replace_foreign = True" in said


def test_few_strangers_are_named_in_full() -> None:
    assert "libcuda1 580-1; two origins" in refused(host("libcuda1"))


def test_what_may_be_replaced_is_not_refused() -> None:
    assert refused(host("libcuda1"), replace_=True) == ""


def test_modules_and_pinning_packages_are_no_strangers() -> None:
    more = {
        "linux-modules-nvidia-580-server-open-generic": Package("6.8.0-87.88+1", held=True),
        "nvidia-driver-pinning-580": Package("580-1", held=True),
    }
    assert foreign.strangers(replace(BARE, driver=more), origin="ubuntu") == ()


def test_a_run_file_is_named_with_what_takes_it_away() -> None:
    said = refused(UNPACKED)
    assert "580.95.05 (open) came in no package but in a .run file (/usr/bin/nvidia-un" in said
    assert "gpu_driver.replace_foreign = True" in said


def test_a_run_file_may_be_replaced_by_its_own_uninstaller() -> None:
    assert refused(UNPACKED, replace_=True) == ""
    said = refused(replace(UNPACKED, runfile=()), replace_=True)
    assert "with --uninstall" in said


def test_a_module_that_no_package_brought_is_a_run_files() -> None:
    assert "came in no package" in refused(replace(BARE, disk=Module("570.1", "proprietary")))
    assert "came in no package" in refused(replace(BARE, user_space="570.1"))


def test_an_interrupted_first_installation_is_no_run_files() -> None:
    left = replace(BARE, user_space="570.1", broken=frozenset({"libcuda1"}))
    assert refused(left) == ""


def test_a_bare_host_is_taken() -> None:
    assert refused(BARE) == ""
