"""Proofs that the host's driver is the promised one, stays it, and drives every card."""

from testinfra.host import Host

from infra.observed import parse_unit, unit_command
from roles.gpu_driver import boot, change, driver, packages, pinning, state
from roles.gpu_driver.settings import GpuDriverSettings


def check_installed_driver_is_the_pinned_one(host: Host, settings: GpuDriverSettings) -> None:
    """Every installed driver package is of exactly the promised version."""
    found = _state(host).driver
    own = {name: one for name, one in found.items() if not packages.is_built_for_kernel(name)}
    others = [
        f"{name} {package.version}"
        for name, package in own.items()
        if not packages.is_optional(name) and packages.upstream(package.version) != settings.version
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
    strangers = change.foreign(found, origin=settings.origin)
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
    lines = host.run(boot.KERNELS_COMMAND).stdout.splitlines()
    lacking = boot.lacking(lines, version=settings.version)
    assert lines, "no kernel was found"
    assert not lacking, (
        f"kernel {', '.join(lacking)}: no nvidia module {settings.version} on disk; after a boot "
        "into it no card would work"
    )


def check_nvidia_smi_answers_with_the_pinned_driver(
    host: Host, settings: GpuDriverSettings
) -> None:
    """nvidia-smi answers for its cards with exactly the promised driver version."""
    answer = driver.smi(host.run(driver.SMI_COMMAND).stdout)
    others = sorted(set(answer.cards.values()) - {settings.version})
    assert answer.cards, f"nvidia-smi shows no card: {answer.problem}"
    assert not others, f"nvidia-smi says {', '.join(others)}, {settings.version} is promised"


def check_nvidia_smi_lists_every_gpu(host: Host, settings: GpuDriverSettings) -> None:
    """nvidia-smi lists every NVIDIA GPU that the PCI bus shows."""
    gpus = _state(host).gpus
    answer = driver.smi(host.run(driver.SMI_COMMAND).stdout)
    missing = sorted(set(gpus) - set(answer.cards))
    assert gpus, "the PCI bus shows no NVIDIA GPU"
    said = f"; nvidia-smi: {answer.problem}" if answer.problem else ""
    assert not missing, f"nvidia-smi does not list {', '.join(missing)} of {len(gpus)} GPUs{said}"


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


def _state(host: Host) -> state.State:
    return state.parse(host.run(state.COMMAND).stdout.splitlines())
