"""Pins, installs and holds the driver, keeps nouveau off, boots when another module is loaded."""

import shlex
from collections.abc import Mapping

from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import OperationError, PyinfraError
from pyinfra.api.operation import OperationMeta, operation
from pyinfra.context import host

from infra import facts, operations, templates
from infra.apt import operations as apt
from infra.operations import Commands
from roles.gpu_driver import boot, catalogue, driver, packages, pinning, simulation
from roles.gpu_driver.change import Change, along, change, held_elsewhere, refusal
from roles.gpu_driver.facts import BootImagesAreStale, HostState, Offers, Simulated
from roles.gpu_driver.holding import install_and_hold
from roles.gpu_driver.settings import GpuDriverSettings
from roles.gpu_driver.state import NOUVEAU_OFF

_SOURCE = "infra-gpu-driver"


def apply(settings: GpuDriverSettings) -> None:
    """Make the host's driver what the settings promise."""
    refused = refusal(host.get_fact(HostState), origin=settings.origin)
    if refused is not None:
        raise PyinfraError(refused)
    if settings.repository is not None:
        apt.apt_repository(_SOURCE, settings.repository)
    proven_set(settings=settings, name="Simulate driver installation")
    driver_preferences(settings=settings, name="Write driver preferences")
    installed = driver_packages(settings=settings, name="Install pinned driver packages")
    _nouveau_off()
    _booted(settings, installed=installed)
    _answering(settings)


def _nouveau_off() -> None:
    operations.write_file(
        path=boot.MODPROBE,
        text=templates.render("gpu_driver/nouveau.conf.j2", lines=sorted(NOUVEAU_OFF)),
        name="Turn nouveau off",
    )
    operations.shell(
        command="update-initramfs -u -k all",
        name="Rebuild boot images",
        _if=lambda: host.get_fact(BootImagesAreStale),
    )


def _booted(settings: GpuDriverSettings, *, installed: OperationMeta) -> None:
    def is_needed() -> bool:
        return _needs_boot(settings)

    module_on_disk(
        settings=settings, name="Find pinned module on disk", _if=lambda: installed.is_complete()
    )
    if not settings.may_reboot:
        forbidden_boot(settings=settings, name="Find pinned module loaded")
        return
    operations.reboot(
        reason=f"driver {settings.version}, {settings.modules}",
        name="Boot with pinned module",
        _if=is_needed,
    )


def _answering(settings: GpuDriverSettings) -> None:
    if settings.persistence:
        operations.unit(unit_name="nvidia-persistenced.service", name="Start persistence daemon")
    version = shlex.quote(settings.version)
    operations.until(
        command=f'out=$({driver.SMI_COMMAND}); echo "$out"; echo "$out" | grep -q ^{version},',
        seconds=settings.answer_seconds,
        otherwise=f"nvidia-smi does not answer with driver {settings.version}",
        name="Wait until nvidia-smi answers",
    )


def _needs_boot(settings: GpuDriverSettings) -> bool:
    return host.get_fact(HostState).loaded != _promised(settings)


def _promised(settings: GpuDriverSettings) -> driver.Module:
    return driver.Module(version=settings.version, flavour=settings.modules)


@operation()
def proven_set(settings: GpuDriverSettings) -> Commands:
    """The whole set simulated with the host's own apt; fails with apt's words, changes nothing."""
    wanted = _wanted(settings)
    if wanted is None:
        return
    state = host.get_fact(HostState)
    if not settings.replace_held and (held := held_elsewhere(state, wanted=wanted)):
        raise OperationError(held)
    step = _change(settings, wanted=wanted)
    if step.moves:
        simulated = host.get_fact(
            Simulated,
            preferences=_preferences(settings, wanted=wanted),
            arguments=step.arguments(),
            unhold=step.unhold,
        )
        if (found := simulation.problem(simulated)) is not None:
            raise OperationError(found)
    yield from ()


@operation()
def driver_preferences(settings: GpuDriverSettings) -> Commands:
    """apt preferences that keep the set at its exact versions."""
    wanted = _wanted(settings)
    text = _preferences(settings, wanted=wanted or {})
    yield from operations.write_file._inner(path=pinning.PATH, text=text)


@operation()
def driver_packages(settings: GpuDriverSettings) -> Commands:
    """The set installed at its exact versions, upwards or downwards, and held by infra."""
    wanted = _wanted(settings)
    if wanted is None:
        yield StringCommand("false")
        return
    step = _change(settings, wanted=wanted)
    if step.moves or step.record:
        yield StringCommand(install_and_hold(step, apt=apt.APT))


@operation()
def module_on_disk(settings: GpuDriverSettings) -> Commands:
    """The promised module on disk for the running kernel; without it a boot would not help."""
    state = host.get_fact(HostState)
    if state.disk != _promised(settings):
        raise OperationError(
            f"modinfo finds {state.disk or 'no nvidia module'} on disk for kernel {state.kernel}, "
            f"promised is {_promised(settings)}; see dkms status, /var/lib/dkms/nvidia and whether "
            "the kernel's headers or prebuilt modules are installed"
        )
    yield from ()


@operation()
def forbidden_boot(settings: GpuDriverSettings) -> Commands:
    """The promised module loaded already; fails with what to do when it is not."""
    state = host.get_fact(HostState)
    if _needs_boot(settings):
        raise OperationError(
            f"{state.loaded or 'no nvidia module'} is loaded, promised is {_promised(settings)}, "
            "and gpu_driver.may_reboot is False; reboot this host, or set it to True"
        )
    yield from ()


def _wanted(settings: GpuDriverSettings) -> dict[str, str] | None:
    """Exact versions of the set; None in a plan for a host that lacks the repository so far."""
    state = host.get_fact(HostState)
    asked = packages.wanted(
        origin=settings.origin,
        os=state.os,
        version=settings.version,
        modules=settings.modules,
        flavour=settings.kernel_flavour or packages.flavour(state.kernel, installed=state.kernels),
    )
    pattern = packages.candidates(settings.origin, version=settings.version)
    resolver = catalogue.Resolver(
        catalogue=host.get_fact(Offers, pattern=pattern),
        version=settings.version,
        origin=settings.origin,
        installed={name: package.version for name, package in state.driver.items()},
        along=along(state),
    )
    try:
        return resolver.set_of((*asked, *((name,) for name in settings.extra_packages)))
    except catalogue.NotOffered as problem:
        if settings.repository is not None and not _is_fetched(settings.repository.digest):
            return None
        raise OperationError(str(problem)) from problem


def _is_fetched(digest: str) -> bool:
    stamp = host.get_fact(facts.FileText, path=f"/var/lib/infra/apt/{_SOURCE}")
    return stamp.strip() == digest


def _change(settings: GpuDriverSettings, *, wanted: Mapping[str, str]) -> Change:
    return change(host.get_fact(HostState), wanted=wanted, replace_held=settings.replace_held)


def _preferences(settings: GpuDriverSettings, *, wanted: Mapping[str, str]) -> str:
    pins = pinning.pins(wanted, origin=settings.origin)
    return templates.render("gpu_driver/preferences.j2", pins=pins)
