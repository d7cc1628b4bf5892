from dataclasses import replace
from pathlib import Path
from typing import Any

from infra import facts as shared
from infra.observed import Package, Unit
from infra.operations import Succeeds
from infra.testing import Rehearsal, rehearse
from roles.gpu_driver import boot, catalogue, foreign
from roles.gpu_driver.driver import Module
from roles.gpu_driver.facts import HostState, KernelOffers, NextBoot, Offers
from roles.gpu_driver.operations import apply
from roles.gpu_driver.settings import GpuDriverSettings
from roles.gpu_driver.state import NOUVEAU_OFF, State

HERE = Path(__file__).parent
NVIDIA = catalogue.parse((HERE / "offers-nvidia.txt").read_text().splitlines())
DEBIAN = catalogue.parse((HERE / "offers-debian.txt").read_text().splitlines())
UBUNTU = catalogue.parse((HERE / "offers-ubuntu.txt").read_text().splitlines())
SETTINGS = GpuDriverSettings(version="580.95.05", origin="nvidia")
SET = (
    *("nvidia-kernel-open-dkms", "nvidia-driver-cuda", "nvidia-persistenced"),
    *("firmware-nvidia-gsp", "libcuda1", "libnvidia-ml1", "nvidia-modprobe"),
)
KERNEL = "6.12.57+deb13-amd64"
BARE = State(kernel=KERNEL, os="debian", gpus=("0000:41:00.0",))
UP = replace(
    BARE,
    driver={name: Package(version="580.95.05-1", held=True) for name in SET},
    ours=frozenset(SET),
    loaded=Module("580.95.05", "open"),
    disk=Module("580.95.05", "open"),
    modprobe=NOUVEAU_OFF,
)
RUNNING = Unit(load="loaded", active="active", enabled="enabled", needs_reload=False)
BUILT = boot.Kernel(release=KERNEL, versions={}, headers=True)
READY = boot.NextBoot(kernels=(BUILT,))


def rehearsed(
    settings: GpuDriverSettings = SETTINGS,
    *,
    state: State = UP,
    offers: catalogue.Catalogue = NVIDIA,
    next_boot: boot.NextBoot = READY,
    **given: Any,  # noqa: ANN401
) -> Rehearsal:
    facts: dict[Any, Any] = {
        HostState: state,
        Offers: offers,
        NextBoot: next_boot,
        KernelOffers: given.get("kernel_offers", {}),
        shared.Unit: given.get("unit", RUNNING),
        Succeeds: True,
    }
    return rehearse(apply, settings, facts=facts)  # type: ignore[arg-type]


def commands(done: Rehearsal, word: str) -> list[str]:
    return [command.text for command in done.commands if word in command.text]


def with_kernel(*, held: bool) -> State:
    return replace(UP, kernels={"linux-image-amd64": Package(version="6.12.57-1", held=held)})


def test_a_loose_kernel_is_held_with_the_driver() -> None:
    (text,) = commands(rehearsed(state=with_kernel(held=False)), "apt-mark hold")
    assert "linux-image-amd64" in text
    assert "Hold kernel packages" not in rehearsed(state=with_kernel(held=True)).changed


def test_the_kernel_is_left_alone_where_it_may_move() -> None:
    free = SETTINGS.model_copy(update={"hold_kernel": False})
    assert "Hold kernel packages" not in rehearsed(free, state=with_kernel(held=False)).operations


def test_headers_come_before_the_module_is_built() -> None:
    bare = replace(BUILT, headers=False)
    offered = {f"linux-headers-{KERNEL}": ("6.12.57-1",), "linux-headers-amd64": ("6.12.57-1",)}
    state = replace(BARE, kernels=with_kernel(held=True).kernels)
    done = rehearsed(state=state, next_boot=boot.NextBoot(kernels=(bare,)), kernel_offers=offered)
    (text,) = commands(done, "linux-headers-amd64=6.12.57-1")
    assert f" linux-headers-{KERNEL}" in text
    names = list(done.operations)
    assert names.index("Install kernel headers") < names.index("Install pinned driver packages")


def test_headers_that_no_source_has_are_not_asked_for() -> None:
    bare = boot.NextBoot(kernels=(replace(BUILT, headers=False),))
    assert "Install kernel headers" not in rehearsed(next_boot=bare).changed


def test_prebuilt_modules_need_no_headers() -> None:
    settings = SETTINGS.model_copy(update={"origin": "ubuntu"})
    bare = boot.NextBoot(kernels=(replace(BUILT, headers=False),))
    state = replace(BARE, os="ubuntu", kernel="6.8.0-87-generic")
    offered = {f"linux-headers-{KERNEL}": ("6.12.57-1",)}
    done = rehearsed(settings, state=state, offers=UBUNTU, next_boot=bare, kernel_offers=offered)
    assert "Install kernel headers" not in done.changed
    assert commands(done, "linux-modules-nvidia-580-server-open-generic=")


def test_modules_are_built_here_where_ubuntu_builds_none_for_the_kernel() -> None:
    own = catalogue.Offer("nvidia-dkms-580-server-open", "580.95.05-0ubuntu0.24.04.2")
    settings = SETTINGS.model_copy(update={"origin": "ubuntu", "kernel_flavour": "kvm"})
    state = replace(BARE, os="ubuntu", kernel="6.8.0-87-kvm")
    offers = catalogue.Catalogue((*UBUNTU.offers, own))
    done = rehearsed(settings, state=state, offers=offers)
    assert commands(done, f"{own.name}={own.version}")
    assert not commands(done, "linux-modules-nvidia")


def test_a_module_that_secure_boot_would_refuse_is_not_built() -> None:
    done = rehearsed(state=BARE, next_boot=boot.NextBoot(kernels=(BUILT,), secure=True))
    assert done.operations[-1] == "Simulate driver installation"
    assert done.commands == ()


def test_switches_bring_their_manager_and_it_is_started() -> None:
    manager = catalogue.Offer("nvidia-fabricmanager", "580.95.05-1")
    stopped = replace(RUNNING, active="inactive")
    done = rehearsed(
        state=replace(UP, switches=("0000:05:00.0",)),
        offers=catalogue.Catalogue((*NVIDIA.offers, manager)),
        unit=stopped,
    )
    assert commands(done, "nvidia-fabricmanager=580.95.05-1")
    assert "Start fabric manager" in done.changed
    assert "Start fabric manager" not in rehearsed().operations


def test_a_foreign_driver_is_purged_with_the_move_where_that_is_allowed() -> None:
    theirs = {"nvidia-utils-580-server": Package("580.95.05-0ubuntu0.24.04.2", held=True)}
    state = replace(BARE, driver=theirs)
    refused = rehearsed(state=state)
    assert refused.commands == ()
    assert refused.error is not None and "replace_foreign = True" in refused.error
    done = rehearsed(SETTINGS.model_copy(update={"replace_foreign": True}), state=state)
    (text,) = [one for one in commands(done, "nvidia-utils-580-server-") if "-only" not in one]
    assert "install --purge" in text and "libcuda1=580.95.05-1" in text


def test_a_run_files_driver_is_uninstalled_in_the_step_that_moves() -> None:
    state = replace(BARE, runfile=(foreign.UNINSTALL,), user_space="570.86.15")
    assert "came in no package" in (rehearsed(state=state).error or "")
    done = rehearsed(SETTINGS.model_copy(update={"replace_foreign": True}), state=state)
    (text,) = commands(done, "nvidia-uninstall --silent")
    assert text.index("nvidia-uninstall") < text.index("libcuda1=580.95.05-1")


def test_a_card_that_the_driver_does_not_drive_stops_before_everything() -> None:
    state = replace(BARE, ids={"0000:41:00.0": ("1db4", "10de:1214")})
    done = rehearsed(state=state)
    assert (done.operations, done.commands) == ((), ())
    assert done.error is not None and "V100" in done.error


def test_debians_own_driver_is_installed_under_debians_names() -> None:
    settings = GpuDriverSettings(version="550.163.01", origin="debian")
    done = rehearsed(settings, state=BARE, offers=DEBIAN)
    (text,) = [one for one in commands(done, "nvidia-smi=550.163.01-2") if "-only" not in one]
    assert "nvidia-modprobe=570.133.07-1" in text
    assert "nvidia-open-kernel-dkms=550.163.01-2" in text


def test_a_found_driver_of_the_version_is_pinned_in_place() -> None:
    found = replace(
        UP,
        ours=frozenset(),
        driver={name: replace(one, held=False) for name, one in UP.driver.items()},
    )
    done = rehearsed(state=found)
    assert "Hold driver packages" in done.changed
    assert "Write driver preferences" in done.changed
    assert not commands(done, "apt-get")
    assert "Boot with pinned module" not in done.changed
