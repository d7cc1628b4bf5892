"""Proofs that the host's driver is the promised one, stays it, and drives every card."""

import pytest
from testinfra.host import Host

from infra.judgement import not_concerned
from infra.observed import parse_unit, unit_command
from roles.gpu_driver import (
    boot,
    driver,
    fabric,
    fitting,
    foreign,
    kernels,
    packages,
    pinning,
    secure_boot,
    state,
    upgrades,
    xid,
)
from roles.gpu_driver.settings import GpuDriverSettings


def check_installed_driver_is_the_pinned_one(host: Host, settings: GpuDriverSettings) -> None:
    """Every installed driver package is of exactly the promised version."""
    found = _state(host).driver
    own = {
        name: one.version
        for name, one in found.items()
        if packages.follows_driver(name, origin=settings.origin)
    }
    others = [
        f"{name} {version}"
        for name, version in own.items()
        if packages.upstream(version) != settings.version
    ]
    assert own, f"no driver package is installed, {settings.version} is promised"
    assert not others, f"{', '.join(others)}: {settings.version} is promised"


def check_driver_packages_are_held(host: Host, settings: GpuDriverSettings) -> None:
    """Every installed driver package is held."""
    found = _state(host).driver
    loose = sorted(name for name, package in found.items() if not package.held)
    assert found, "no driver package is installed that could be held"
    assert not loose, f"not held: {', '.join(loose)}; an upgrade would move them"


def check_apt_keeps_the_pinned_driver(host: Host, settings: GpuDriverSettings) -> None:
    """apt would install no other version of any driver package: the preferences are in force."""
    found = {name: package.version for name, package in _state(host).driver.items()}
    assert found, "no driver package is installed that could be pinned"
    answer = host.run(pinning.policy_command(found))
    offered = pinning.candidates(answer.stdout.splitlines())
    moving = [
        f"{name} {version} would become {offered.get(name)}"
        for name, version in found.items()
        if offered.get(name) != version
    ]
    assert not moving, f"{'; '.join(moving)}: see {pinning.PATH}"


def check_driver_packages_come_from_one_origin(host: Host, settings: GpuDriverSettings) -> None:
    """Every installed driver package is one of the promised origin's."""
    found = _state(host)
    strangers = foreign.strangers(found, origin=settings.origin)
    named = [f"{name} {found.driver[name].version}" for name in strangers]
    assert found.driver, "no driver package is installed"
    assert not named, f'{", ".join(named)}: not of origin "{settings.origin}"'


def check_loaded_module_is_the_pinned_one(host: Host, settings: GpuDriverSettings) -> None:
    """The loaded kernel module is of exactly the promised version."""
    found = _state(host)
    wrong = driver.disagreement(loaded=found.loaded, disk=found.disk, user_space=None)
    assert found.loaded is not None, f"{wrong}; {settings.version} is promised"
    assert found.loaded.version == settings.version, (
        f"{found.loaded} is loaded, {settings.version} is promised; deploy this host"
    )


def check_loaded_module_has_the_promised_flavour(host: Host, settings: GpuDriverSettings) -> None:
    """The loaded kernel module is open, or proprietary, as promised."""
    found = _state(host).loaded
    assert found is not None, f"no nvidia module is loaded, {settings.modules} is promised"
    assert found.flavour == settings.modules, f"{found} is loaded, {settings.modules} is promised"


def check_module_on_disk_is_the_pinned_one(host: Host, settings: GpuDriverSettings) -> None:
    """The running kernel's module on disk is of the promised version and flavour."""
    found = _state(host)
    promised = driver.Module(version=settings.version, flavour=settings.modules)
    assert found.disk == promised, (
        f"modinfo finds {found.disk or 'no module'} for kernel {found.kernel}, "
        f"{promised} is promised; see dkms status"
    )


def check_every_kernel_has_the_pinned_module(host: Host, settings: GpuDriverSettings) -> None:
    """Every kernel that the next boot may take has the promised module on disk."""
    found = _next_boot(host)
    lacking = boot.lacking(found, version=settings.version)
    assert found.kernels, "no kernel was found"
    assert not lacking, (
        f"kernel {', '.join(lacking)}: no nvidia module {settings.version} on disk; after a boot "
        "into it no card would work"
    )


def check_one_module_for_each_kernel(host: Host, settings: GpuDriverSettings) -> None:
    """No kernel has the nvidia module twice, as when DKMS built beside a prebuilt one."""
    torn = boot.torn(_next_boot(host))
    assert not torn, f"{'; '.join(torn)}: depmod's order decides which one loads"


def check_next_boot_has_what_dkms_needs(host: Host, settings: GpuDriverSettings) -> None:
    """Every kernel's module is built by DKMS, and its headers and their metapackage are there."""
    found = _state(host)
    if not any(map(packages.is_dkms, found.driver)):
        not_concerned("the modules were built for their kernels elsewhere")
    wrong = [
        *boot.unbuilt(_next_boot(host), version=settings.version),
        *(f"{name} is not installed" for name in kernels.lacking_metas(found.kernels)),
    ]
    assert not wrong, "; ".join(wrong)


def check_boot_images_know_the_driver(host: Host, settings: GpuDriverSettings) -> None:
    """No boot image is older than the modules or the file that keeps nouveau off."""
    stale = host.run(boot.STALE_COMMAND).stdout.split()[1::2]
    assert not stale, f"{', '.join(stale)}: boot image is stale; run update-initramfs -u -k all"


def check_secure_boot_accepts_the_module(host: Host, settings: GpuDriverSettings) -> None:
    """Secure Boot is off, or every kernel's module is signed by a key that it trusts."""
    wrong = secure_boot.distrusted(_next_boot(host))
    assert not wrong, f"Secure Boot is on; {'; '.join(wrong)}"


def check_kernels_are_held_with_the_driver(host: Host, settings: GpuDriverSettings) -> None:
    """The kernel's metapackages and the running kernel's packages are held like the driver."""
    found = _state(host)
    if not settings.hold_kernel:
        not_concerned("hold_kernel is False")
    if not kernels.pair(found.kernels, running=found.kernel):
        pytest.skip("no kernel package is installed, so there is nothing to hold")
    loose = kernels.loose(found.kernels, running=found.kernel)
    assert not loose, f"not held: {', '.join(loose)}; a new kernel would have no module"


def check_unattended_upgrades_leave_the_driver(host: Host, settings: GpuDriverSettings) -> None:
    """Automatic upgrades leave the driver, its container toolkit and its kernel alone."""
    found = _state(host)
    pair = kernels.pair(found.kernels, running=found.kernel) if settings.hold_kernel else ()
    heeded = upgrades.parse(host.run(upgrades.COMMAND).stdout.splitlines())
    free = upgrades.movable((*found.driver, *pair, *upgrades.TOOLKIT), heeded=heeded)
    lacking = upgrades.lacking(heeded, kernel=settings.hold_kernel)
    assert not free, f"unattended-upgrade may move {', '.join(free)}: see {upgrades.PATH}"
    assert not lacking, f"unattended-upgrade heeds no {', '.join(lacking)}: see {upgrades.PATH}"


def check_user_space_is_the_modules(host: Host, settings: GpuDriverSettings) -> None:
    """Loaded module, module on disk and the library that programs load are of one version."""
    found = _state(host)
    assert found.user_space is not None, "libnvidia-ml.so.1 is absent, or names no version"
    wrong = driver.disagreement(loaded=found.loaded, disk=found.disk, user_space=found.user_space)
    assert wrong is None, wrong


def check_fabric_manager_is_the_drivers(host: Host, settings: GpuDriverSettings) -> None:
    """The manager of the NVSwitches runs, and is of the loaded driver's version."""
    found = _state(host)
    if not found.switches:
        not_concerned("no NVSwitch is on the bus")
    unit = parse_unit(host.run(unit_command(fabric.UNIT)).stdout.splitlines())
    version = fabric.version(host.run(fabric.COMMAND).stdout)
    loaded = found.loaded.version if found.loaded is not None else None
    assert version == loaded, f"fabric manager is {version}, the loaded driver {loaded}"
    states = (unit.active, unit.enabled)
    assert states == ("active", "enabled"), f"{fabric.UNIT} is {' and '.join(states)}"


def check_kernel_reports_no_serious_xid(host: Host, settings: GpuDriverSettings) -> None:
    """The kernel has reported no error of a card that asks for a person since it booted."""
    lines = host.run("dmesg 2>/dev/null || journalctl -k -b -o cat --no-pager").stdout.splitlines()
    errors = xid.serious(lines)
    assert not errors, "; ".join(f"{error}: {error.advice}" for error in errors[:3])


def check_nvidia_smi_answers_with_the_pinned_driver(
    host: Host, settings: GpuDriverSettings
) -> None:
    """nvidia-smi answers for its cards with exactly the promised driver version."""
    answer = driver.smi(host.run(driver.SMI_COMMAND).stdout)
    others = sorted(set(answer.cards.values()) - {settings.version})
    assert answer.cards, f"nvidia-smi shows no card: {answer.problem}"
    assert not others, f"nvidia-smi says {', '.join(others)}, {settings.version} is promised"


def check_nvidia_smi_lists_every_gpu(host: Host, settings: GpuDriverSettings) -> None:
    """nvidia-smi lists every NVIDIA GPU that the PCI bus shows, but those that may stay idle."""
    found = _state(host)
    gpus = set(found.gpus) - fitting.idle(found, settings=settings)
    answer = driver.smi(host.run(driver.SMI_COMMAND).stdout)
    missing = sorted(gpus - set(answer.cards))
    assert gpus, "the PCI bus shows no NVIDIA GPU that this driver drives"
    said = f"; nvidia-smi: {answer.problem}" if answer.problem else ""
    assert not missing, f"nvidia-smi does not list {', '.join(missing)} of {len(gpus)} GPUs{said}"


def check_driver_fits_every_card(host: Host, settings: GpuDriverSettings) -> None:
    """The promised branch and flavour drive every card on the bus."""
    found = _state(host)
    wrong = fitting.misfit(found, settings=settings)
    assert wrong is None, wrong
    if not fitting.known(found):
        pytest.skip("the card list knows no card of this host")


def check_nouveau_is_not_loaded(host: Host, settings: GpuDriverSettings) -> None:
    """The nouveau module is not loaded."""
    assert not _state(host).nouveau, "nouveau is loaded and may hold a card; reboot this host"


def check_nouveau_is_kept_off(host: Host, settings: GpuDriverSettings) -> None:
    """The modprobe configuration keeps nouveau from loading at boot."""
    missing = sorted(state.NOUVEAU_OFF - _state(host).modprobe)
    assert not missing, f"modprobe's configuration lacks: {', '.join(missing)}"


def check_persistence_daemon_runs(host: Host, settings: GpuDriverSettings) -> None:
    """nvidia-persistenced runs where it is promised."""
    unit = "nvidia-persistenced.service"
    found = parse_unit(host.run(unit_command(unit)).stdout.splitlines())
    runs = found.active == "active"
    assert runs or not settings.persistence, f"{unit} is {found.active} ({found.load})"


def _next_boot(host: Host) -> boot.NextBoot:
    return boot.parse(host.run(boot.COMMAND).stdout.splitlines())


def _state(host: Host) -> state.State:
    return state.parse(host.run(state.COMMAND).stdout.splitlines())
