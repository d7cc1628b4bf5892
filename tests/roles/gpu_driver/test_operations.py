import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MethodType
from typing import Any, cast

import pytest
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.facts import FactBase
from pyinfra.api.host import Host
from pyinfra.context import host

from infra import facts as shared
from infra.apt import AptRepository
from infra.observed import FileStat, Package, Unit
from infra.operations import Succeeds
from infra.runner import Apply
from infra.stage import stage
from infra.testing import Rehearsal, rehearse
from infra.transport import Connector
from roles.gpu_driver import boot, catalogue, good, pinning, upgrades
from roles.gpu_driver.driver import Module
from roles.gpu_driver.facts import (
    BootImagesAreStale,
    HostState,
    KernelOffers,
    NextBoot,
    Offers,
    Simulated,
)
from roles.gpu_driver.operations import apply, revert
from roles.gpu_driver.settings import GpuDriverSettings
from roles.gpu_driver.simulation import Simulation
from roles.gpu_driver.state import NOUVEAU_OFF, State

Facts = dict[type[FactBase[Any]], Any]

OFFERS = catalogue.parse((Path(__file__).parent / "offers-nvidia.txt").read_text().splitlines())
SETTINGS = GpuDriverSettings(version="580.95.05", origin="nvidia")
BARE = State(kernel="6.12.0", os="debian", gpus=("0000:41:00.0",))
SET = (
    "nvidia-kernel-open-dkms",
    "nvidia-driver-cuda",
    "nvidia-persistenced",
    "firmware-nvidia-gsp",
    "libcuda1",
    "libnvidia-ml1",
    "nvidia-modprobe",
)
UP = Unit(load="loaded", active="active", enabled="enabled", needs_reload=False)


def installed(version: str, *, loaded: str | None = None) -> State:
    return replace(
        BARE,
        driver={name: Package(version=f"{version}-1", held=True) for name in SET},
        ours=frozenset(SET),
        loaded=Module(loaded or version, "open"),
        disk=Module(version, "open"),
        modprobe=NOUVEAU_OFF,
    )


def is_install(text: str) -> bool:
    return "apt-get" in text and "--download-only" not in text


def moved_by_apt(before: State, after: State) -> Callable[[], State]:
    """The host's state, another one once apt-get was told to install."""

    def state() -> State:
        done = host.connector_data.get("commands", ())
        return after if any(is_install(command.text) for command in done) else before

    return state


def rehearsed(
    settings: GpuDriverSettings = SETTINGS,
    acts: Callable[[GpuDriverSettings], object] = apply,
    **given: Any,  # noqa: ANN401
) -> Rehearsal:
    facts: Facts = {
        HostState: given.get("state", installed("580.95.05")),
        Offers: given.get("offers", OFFERS),
        NextBoot: given.get("next_boot", boot.NextBoot()),
        KernelOffers: given.get("kernel_offers", {}),
        Simulated: given.get("simulated", Simulation(status=0)),
        shared.Unit: UP,
        Succeeds: True,
        shared.FileStat: given.get("files"),
        shared.FileText: given.get("text", ""),
        BootImagesAreStale: given.get("stale", False),
    }
    return rehearse(cast(Apply, acts), settings, facts=facts)


def written(first: Rehearsal) -> Callable[..., FileStat | None]:
    """The files that a rehearsal wrote, as the next one finds them."""
    texts = [command.stdin for command in first.commands if command.stdin]
    digests = [hashlib.sha256(base64.b64decode(text)).hexdigest() for text in texts]
    paths = dict(zip((upgrades.PATH, pinning.PATH, boot.MODPROBE, good.PATH), digests, strict=True))
    return lambda path: FileStat("644", "root", "root", paths[path])


def commands(done: Rehearsal, word: str) -> list[str]:
    return [command.text for command in done.commands if word in command.text]


def fresh() -> Rehearsal:
    return rehearsed(state=moved_by_apt(BARE, installed("580.95.05")))


def test_a_bare_host_gets_the_whole_set_exact_and_held() -> None:
    done = fresh()
    fetch, text = commands(done, "apt-get")
    assert "--download-only" in fetch
    for name in SET:
        assert f" {name}=580.95.05-1" in text
        assert f" {name}=580.95.05-1" in fetch
    assert "unhold" not in text
    assert text.rpartition("apt-mark hold ")[2].partition(" 2>&1")[0].split() == sorted(SET)


def test_a_second_run_changes_nothing() -> None:
    first = rehearsed()
    second = rehearsed(files=written(first))
    assert second.error is None
    assert second.changed == ()
    assert second.commands == ()


def test_an_upgrade_moves_own_holds_and_boots() -> None:
    after = installed("580.126.09", loaded="580.95.05")
    before = installed("580.95.05")
    settings = SETTINGS.model_copy(update={"version": "580.126.09"})
    done = rehearsed(settings, state=moved_by_apt(before, after))
    _, text = commands(done, "apt-get")
    assert "apt-mark unhold" not in text
    assert " libcuda1=580.126.09-1" in text
    assert "Boot with pinned module" in done.changed


def test_a_loaded_module_of_the_version_asks_for_no_boot() -> None:
    assert "Boot with pinned module" not in rehearsed().changed


def test_another_flavour_loaded_asks_for_a_boot() -> None:
    state = replace(installed("580.95.05"), loaded=Module("580.95.05", "proprietary"))
    assert "Boot with pinned module" in rehearsed(state=state).changed


def test_a_forbidden_boot_stops_before_it() -> None:
    settings = SETTINGS.model_copy(update={"may_reboot": False})
    state = installed("580.95.05", loaded="580.82.07")
    done = rehearsed(settings, state=state)
    assert done.operations[-1] == "Find pinned module loaded"
    assert done.error is not None
    assert rehearsed(settings).error is None


def test_a_module_that_was_not_built_stops_before_the_boot() -> None:
    state = replace(installed("580.95.05", loaded="580.82.07"), disk=None)
    assert rehearsed(state=state).operations[-1] == "Find pinned module on disk"


def test_a_module_that_comes_with_a_newer_kernel_is_booted_into() -> None:
    """Prebuilt modules of a newer driver are for a newer kernel, which comes with them."""
    versions = dict.fromkeys(boot.MODULES, "580.95.05")
    newer = boot.NextBoot((boot.Kernel("6.12.0", {}), boot.Kernel("6.12.9", versions)))
    state = replace(installed("580.95.05", loaded="580.82.07"), disk=None)
    assert "Boot with pinned module" in rehearsed(state=state, next_boot=newer).changed
    bare = boot.NextBoot((boot.Kernel("6.12.0", {}), boot.Kernel("6.12.9", {}, headers=True)))
    assert rehearsed(state=state, next_boot=bare).operations[-1] == "Find pinned module on disk"


def test_a_waiting_kernel_without_the_module_is_not_booted_into() -> None:
    """The running kernel has the module, and the newer one that a boot takes has not."""
    there = boot.Kernel("6.12.0", dict.fromkeys(boot.MODULES, "580.95.05"), headers=True)
    both = boot.NextBoot((there, boot.Kernel("6.12.9", {}, headers=True)))
    done = rehearsed(state=installed("580.95.05", loaded="580.82.07"), next_boot=both)
    assert done.operations[-1] == "Find pinned module on disk"
    assert "kernel 6.12.9 waits for the boot" in str(done.error)
    assert rehearsed(next_boot=both).error is None


def test_a_next_kernel_whose_headers_are_nowhere_stops_before_the_first_change() -> None:
    bare = boot.NextBoot((boot.Kernel("6.12.0", {}, headers=True), boot.Kernel("6.12.9", {})))
    done = rehearsed(state=BARE, next_boot=bare)
    assert done.operations[-1] == "Install kernel headers"
    assert "linux-headers-6.12.9" in str(done.error)
    assert done.commands == ()
    offered = {"linux-headers-6.12.9": ("6.12.9-1",)}
    assert rehearsed(next_boot=bare, kernel_offers=offered).error is None
    assert rehearsed(next_boot=bare).error is None


def test_the_kernel_that_waits_for_a_boot_is_held_as_well() -> None:
    """Else the next run holds it, and counts that as a change."""
    names = ("linux-image-6.12.0", "linux-image-6.12.9", "linux-image-6.11.0")
    state = replace(
        installed("580.95.05"),
        kernels={name: Package(version="6.12-1", held=False) for name in names},
    )
    waiting = boot.NextBoot((boot.Kernel("6.12.0", {}), boot.Kernel("6.12.9", {}, headers=True)))
    (held,) = commands(rehearsed(state=state, next_boot=waiting), "linux-image-6.12.0")
    assert "linux-image-6.12.9" in held and "linux-image-6.11.0" not in held


def test_apts_refusal_stops_before_the_first_change() -> None:
    done = rehearsed(state=BARE, simulated=Simulation(status=100, errors=("E: no",)))
    assert done.operations == ("Simulate driver installation",)
    assert done.commands == ()


def test_a_hold_of_somebody_else_stops_before_the_first_change() -> None:
    theirs = replace(installed("580.82.07"), ours=frozenset())
    assert rehearsed(state=theirs).operations == ("Simulate driver installation",)
    moved = rehearsed(SETTINGS.model_copy(update={"replace_held": True}), state=theirs)
    assert commands(moved, "libcuda1=580.95.05-1")


def test_a_version_that_no_source_has_stops_before_the_first_change() -> None:
    done = rehearsed(SETTINGS.model_copy(update={"version": "580.99.01"}), state=BARE)
    assert done.operations == ("Simulate driver installation",)
    assert done.commands == ()


def test_a_host_without_a_card_is_refused_in_a_sentence() -> None:
    done = rehearsed(state=replace(BARE, gpus=()))
    assert done.operations == ()
    assert done.error is not None and "shows no NVIDIA GPU" in done.error


def test_boot_images_are_rebuilt_when_they_are_stale() -> None:
    assert commands(rehearsed(stale=True), "update-initramfs -u -k all")
    assert not commands(rehearsed(), "update-initramfs")


def test_persistence_is_left_alone_when_not_promised() -> None:
    settings = SETTINGS.model_copy(update={"persistence": False})
    assert "Start persistence daemon" not in rehearsed(settings).operations


REPOSITORY = AptRepository(
    uri="http://mirror.lab/apt/trixie/",
    suites=("trixie",),
    components=("nvidia",),
    key="-----BEGIN PGP PUBLIC KEY BLOCK-----",
)


def test_a_repository_is_written_before_apt_is_asked() -> None:
    settings = SETTINGS.model_copy(update={"repository": REPOSITORY})
    done = rehearsed(settings, text=REPOSITORY.digest)
    assert done.operations[:4] == (
        "Write repository key",
        "Write repository source",
        "Fetch package lists",
        "Simulate driver installation",
    )


def test_a_plan_without_the_repository_would_install() -> None:
    settings = SETTINGS.model_copy(update={"repository": REPOSITORY})
    done = rehearsed(settings, state=BARE)
    assert "Install pinned driver packages" in done.changed


def told(
    marked: list[dict[str, str]], acting: Callable[[GpuDriverSettings], object] = apply
) -> Callable[[GpuDriverSettings], None]:
    def acts(settings: GpuDriverSettings) -> None:
        acting(settings)
        marked.append(host.connector_data.get("disrupts", {}))

    return acts


def test_what_stops_serving_says_so_and_nothing_else_does() -> None:
    marked: list[dict[str, str]] = []
    rehearsed(acts=told(marked))
    assert list(marked[0].values()) == [
        "driver 580.95.05",
        "boot with driver 580.95.05 (open)",
    ]


def test_a_lost_hold_comes_back_without_a_package_moved() -> None:
    state = replace(installed("580.95.05"), ours=frozenset(SET[1:]))
    done = rehearsed(state=state)
    assert "Hold driver packages" in done.changed
    assert "Install pinned driver packages" not in done.changed


def test_all_that_can_fail_comes_before_the_first_package_moves() -> None:
    done = fresh()
    names = [name for name in done.operations if "river" in name]
    assert names[:3] == [
        "Simulate driver installation",
        "Fetch driver packages",
        "Install pinned driver packages",
    ]


def test_a_driver_that_nobody_recorded_is_noted_before_it_goes() -> None:
    after = installed("580.126.09")
    settings = SETTINGS.model_copy(update={"version": "580.126.09"})
    state = moved_by_apt(installed("580.95.05"), after)
    done = rehearsed(settings, state=state)
    assert done.changed.index("Record found driver") < done.changed.index(
        "Install pinned driver packages"
    )
    known = rehearsed(settings, state=state, text=good.text(SETTINGS))
    assert "Record found driver" not in known.changed


def test_the_record_is_the_last_thing_done() -> None:
    assert fresh().operations[-1] == "Record proven driver"


BROKEN = SETTINGS.model_copy(update={"version": "580.126.09"})


def test_going_back_brings_the_old_set_boots_and_asks_nvidia_smi() -> None:
    state = moved_by_apt(installed("580.126.09"), installed("580.95.05", loaded="580.126.09"))
    done = rehearsed(BROKEN, acts=revert, state=state, text=good.text(SETTINGS))
    (_, text) = commands(done, "apt-get")
    assert " libcuda1=580.95.05-1" in text
    assert "Boot with pinned module" in done.changed
    assert done.operations[-1] == "Wait until nvidia-smi answers"


def test_going_back_says_to_what() -> None:
    said: list[str | None] = []

    def acts(settings: GpuDriverSettings) -> None:
        said.append(revert(settings))

    rehearsed(BROKEN, acts=acts, state=installed("580.126.09"), text=good.text(SETTINGS))
    rehearsed(BROKEN, acts=acts, state=installed("580.95.05"), text=good.text(SETTINGS))
    rehearsed(BROKEN, acts=acts, state=installed("580.126.09"))
    assert said == ["driver 580.95.05 (open)", None, None]


MOVED = installed("580.126.09", loaded="580.95.05")
"""The packages were moved, and the boot was refused or never came."""


def test_packages_go_back_under_a_loaded_module_without_a_boot() -> None:
    for settings in (BROKEN, BROKEN.model_copy(update={"may_reboot": False})):
        marked: list[dict[str, str]] = []
        state = moved_by_apt(MOVED, installed("580.95.05"))
        known = good.text(SETTINGS)
        done = rehearsed(settings, acts=told(marked, revert), state=state, text=known)
        assert done.error is None
        assert "Install pinned driver packages" in done.changed
        assert "Hold driver packages" not in done.changed
        assert "Write driver preferences" in done.changed
        assert "Boot with pinned module" not in done.changed
        assert "driver 580.95.05" not in marked[0].values()


def test_going_back_with_a_boot_stops_serving_from_the_first_package_on() -> None:
    marked: list[dict[str, str]] = []
    state = installed("580.126.09")
    rehearsed(BROKEN, acts=told(marked, revert), state=state, text=good.text(SETTINGS))
    assert list(marked[0].values()) == ["driver 580.95.05", "boot with driver 580.95.05 (open)"]


def test_a_refused_move_needs_no_way_back() -> None:
    state = installed("580.95.05")
    done = rehearsed(BROKEN, acts=revert, state=state, text=good.text(SETTINGS))
    assert (done.operations, done.commands, done.error) == ((), (), None)


def test_no_package_goes_back_when_the_boot_that_it_needs_is_forbidden() -> None:
    settings = BROKEN.model_copy(update={"may_reboot": False})
    state = installed("580.126.09")
    done = rehearsed(settings, acts=revert, state=state, text=good.text(SETTINGS))
    assert done.commands == ()
    assert done.error == (
        "going back to driver 580.95.05 (open) needs a reboot, and gpu_driver.may_reboot is "
        "False; no package was moved: allow the reboot and deploy again"
    )


def test_a_deploy_without_reboots_says_what_it_cannot_go_back_to() -> None:
    def answers(_: Host, fact: type[FactBase[Any]], **__: str) -> object:
        given = {HostState: installed("580.126.09"), shared.FileText: good.text(SETTINGS)}
        return given.get(fact)

    with stage("forbidden", {}, connector=Connector) as (_, there):
        assert isinstance(there.connector, Connector)
        there.connector.wire.may_reboot = False
        there.get_fact = MethodType(answers, there)  # type: ignore[method-assign]
        with pytest.raises(PyinfraError, match=r"\(open\) needs a reboot, and --no-reboot forbids"):
            revert(BROKEN)


def test_a_driver_that_no_source_has_any_more_cannot_be_gone_back_to() -> None:
    gone = good.text(SETTINGS.model_copy(update={"version": "580.42.01"}))
    done = rehearsed(BROKEN, acts=revert, state=installed("580.126.09"), text=gone)
    assert done.commands == ()
    assert done.error is not None
    assert done.error.startswith("cannot go back to driver 580.42.01 (open): ")


def test_lists_that_lack_the_promised_version_are_fetched_again() -> None:
    settings = SETTINGS.model_copy(update={"repository": REPOSITORY, "version": "580.99.01"})
    done = rehearsed(settings, text=REPOSITORY.digest)
    assert "Fetch package lists" in done.changed
    asked = f"{REPOSITORY.digest} 580.99.01"
    assert "Fetch package lists" in rehearsed(settings, text=asked).changed


def test_lists_that_have_the_version_are_left_alone() -> None:
    settings = SETTINGS.model_copy(update={"repository": REPOSITORY})
    done = rehearsed(settings, text=f"{REPOSITORY.digest} 580.82.07")
    assert "Fetch package lists" not in done.changed
