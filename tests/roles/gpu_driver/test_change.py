from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest

from infra.observed import Package
from roles.gpu_driver import change
from roles.gpu_driver.state import State

OLD, NEW = "580.82.09-0ubuntu0.24.04.1", "580.95.05-0ubuntu0.24.04.2"
WANTED = {"nvidia-utils-580-server": NEW, "libnvidia-compute-580-server": NEW}


def host(
    version: str = NEW,
    *,
    held: bool = True,
    ours: bool = True,
    more: Mapping[str, str] = MappingProxyType({}),
) -> State:
    versions = {**dict.fromkeys(WANTED, version), **more}
    return State(
        os="ubuntu",
        gpus=("0000:41:00.0",),
        driver={name: Package(version=at, held=held) for name, at in versions.items()},
        ours=frozenset(versions) if ours else frozenset(),
    )


def step(state: State, *, replace_held: bool = False) -> change.Change:
    return change.change(state, wanted=WANTED, replace_held=replace_held)


def test_a_host_as_promised_has_nothing_to_do() -> None:
    done = step(host())
    assert not done.moves
    assert not done.record


def test_a_bare_host_gets_every_package() -> None:
    done = step(State())
    assert done.install == WANTED
    assert done.hold == tuple(sorted(WANTED))
    assert done.unhold == ()
    assert done.arguments() == tuple(f"{name}={NEW}" for name in WANTED)


def test_what_infra_holds_moves() -> None:
    done = step(host(OLD))
    assert done.install == WANTED
    assert done.unhold == ()


def test_other_held_driver_packages_are_loosened_only_when_allowed() -> None:
    theirs = host(OLD, ours=False, more={"nvidia-driver-580-server": OLD})
    assert step(theirs).unhold == ()
    assert step(theirs, replace_held=True).unhold == ("nvidia-driver-580-server",)


def test_loose_packages_of_the_version_are_held_without_a_move() -> None:
    done = step(host(held=False))
    assert not done.moves
    assert done.record


def test_holds_that_nobody_recorded_are_recorded() -> None:
    assert step(host(ours=False)).record


def test_what_an_earlier_set_left_is_removed() -> None:
    done = step(host(OLD, more={"nvidia-firmware-580-server-580.82.09": OLD}))
    assert done.remove == ("nvidia-firmware-580-server-580.82.09",)
    assert done.arguments()[-1] == "nvidia-firmware-580-server-580.82.09-"


def test_what_infra_never_installed_is_not_removed() -> None:
    assert step(host(ours=False, more={"libnvidia-gl-580-server": NEW})).remove == ()


def test_what_carries_no_module_comes_along() -> None:
    names = ("libnvidia-gl-580-server", "nvidia-dkms-580-server", "nvidia-driver-pinning-580")
    found = host(ours=False, more=dict.fromkeys(names, NEW))
    assert set(change.along(found)) == {*WANTED, "libnvidia-gl-580-server"}
    assert change.along(host()) == ()


def test_a_host_without_a_card_is_refused() -> None:
    said = change.refusal(State(os="ubuntu"), origin="ubuntu")
    assert said is not None and "shows no NVIDIA GPU" in said


def test_ubuntus_packages_are_for_ubuntu() -> None:
    said = change.refusal(State(os="debian", gpus=("0000:01:00.0",)), origin="ubuntu")
    assert said is not None and 'or to "nvidia"' in said


@pytest.mark.parametrize("origin", ["ubuntu", "nvidia"])
def test_a_bare_host_with_a_card_is_taken(origin: str) -> None:
    assert change.refusal(State(os="ubuntu", gpus=("0000:01:00.0",)), origin=origin) is None


def test_what_others_hold_at_another_version_is_named() -> None:
    said = change.held_elsewhere(host(OLD, ours=False), wanted=WANTED)
    assert said is not None
    assert f"nvidia-utils-580-server is held at {OLD} ({NEW} is promised)" in said
    assert "gpu_driver.replace_held = True" in said


@pytest.mark.parametrize("state", [host(OLD), host(ours=False), host(OLD, held=False, ours=False)])
def test_other_holds_are_no_obstacle(state: State) -> None:
    assert change.held_elsewhere(state, wanted=WANTED) is None


def test_what_was_left_half_done_is_removed_or_installed_anew() -> None:
    wrecked = host()
    found = dict(wrecked.driver)
    del found["nvidia-utils-580-server"]
    state = replace(
        wrecked,
        driver=found,
        broken=frozenset({"nvidia-utils-580-server", "nvidia-utils-570-server", "libnvidia-fbc1"}),
        wrecks=frozenset({"nvidia-utils-580-server", "libnvidia-fbc1"}),
    )
    done = step(state)
    assert done.install == {"nvidia-utils-580-server": NEW}
    assert done.remove == ("nvidia-utils-570-server",)
    assert done.wrecks == ("libnvidia-fbc1", "nvidia-utils-580-server")


def test_a_stray_wreck_alone_is_a_move() -> None:
    stray = frozenset({"libnvidia-fbc1"})
    assert step(replace(host(), broken=stray, wrecks=stray)).moves


def test_another_origins_packages_go_with_their_configuration() -> None:
    state = host(more={"libcuda1": "580-1"})
    done = change.change(state, wanted=WANTED, replace_held=False, strangers=("libcuda1",))
    assert done.arguments() == ("libcuda1-",)
    assert done.purge and done.moves
    assert not step(host()).purge


def test_an_unpacked_driver_is_a_move() -> None:
    done = step(replace(host(), runfile=("/usr/bin/nvidia-uninstall",)))
    assert done.uninstall and done.moves


def test_a_foreign_driver_is_refused_unless_it_may_be_replaced() -> None:
    found = host(more={"libcuda1": "580-1"})
    assert change.refusal(found, origin="ubuntu") is not None
    assert change.refusal(found, origin="ubuntu", replace_foreign=True) is None


def test_an_archives_packages_are_for_its_own_system() -> None:
    found = replace(host(), driver={}, os="ubuntu")
    said = change.refusal(found, origin="debian")
    assert said is not None and '"debian" on a host whose system is "ubuntu"' in said


def test_a_share_of_a_card_is_left_to_the_cloud() -> None:
    said = change.refusal(replace(host(), guests=frozenset({"0000:41:00.0"})), origin="ubuntu")
    assert said is not None and "0000:41:00.0 is a hypervisor's share" in said
