"""Fetches a driver's exact set first, then moves, holds and pins it in one short step."""

from collections.abc import Mapping

from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import OperationError
from pyinfra.api.operation import OperationMeta, operation
from pyinfra.context import host

from infra import operations, templates
from infra.operations import Commands
from roles.gpu_driver import foreign, packages, pinning, secure_boot, simulation, upgrades
from roles.gpu_driver.change import Change, change, held_elsewhere
from roles.gpu_driver.facts import HostState, NextBoot, Simulated
from roles.gpu_driver.holding import held_command, install_and_hold
from roles.gpu_driver.kernel.operations import held_kernel, kernel_headers
from roles.gpu_driver.offered.operations import wanted_set
from roles.gpu_driver.settings import GpuDriverSettings


def ready(settings: GpuDriverSettings) -> None:
    """All that can fail, or takes long, without a package moved: simulated and fetched."""
    proven_set(settings=settings, name="Simulate driver installation")
    built_against(settings=settings, name="Install kernel headers")
    fetched_set(settings=settings, name="Fetch driver packages")


def moved(settings: GpuDriverSettings, *, disrupts: bool) -> OperationMeta:
    """The set at its exact versions, held and pinned; the operation that moves it is given back.

    It disrupts where another module is loaded: new containers need the user space of the loaded.
    """
    done = moved_set(settings=settings, name="Install pinned driver packages")
    if disrupts:
        operations.disrupts(done, why=f"driver {settings.version}")
    held_set(settings=settings, name="Hold driver packages")
    if settings.hold_kernel:
        held_kernel(name="Hold kernel packages")
    operations.write_file(
        path=upgrades.PATH,
        text=templates.render(
            "gpu_driver/unattended-upgrades.j2",
            expressions=upgrades.expressions(kernel=settings.hold_kernel),
        ),
        name="Keep automatic upgrades away",
    )
    preferences(settings=settings, name="Write driver preferences")
    return done


@operation()
def proven_set(settings: GpuDriverSettings) -> Commands:
    """The whole set simulated with the host's own apt; fails with apt's words, changes nothing."""
    wanted = wanted_set(settings)
    if wanted is None:
        return
    held = held_elsewhere(host.get_fact(HostState), wanted=wanted)
    if held is not None and not settings.replace_held:
        raise OperationError(held)
    builds = any(map(packages.is_dkms, wanted))
    if builds and (why := secure_boot.refusal(host.get_fact(NextBoot), builds=True)) is not None:
        raise OperationError(why)
    step = _change(settings, wanted=wanted)
    if step.moves:
        simulated = host.get_fact(
            Simulated,
            preferences=_preferences(settings, wanted=wanted),
            arguments=step.arguments(),
            unhold=step.unhold,
            wrecks=step.wrecks,
        )
        if (found := simulation.problem(simulated)) is not None:
            raise OperationError(found)
    yield from ()


@operation()
def built_against(settings: GpuDriverSettings) -> Commands:
    """The headers of the host's kernels where the set builds its module on the host."""
    wanted = wanted_set(settings)
    if wanted is not None and any(map(packages.is_dkms, wanted)):
        yield from kernel_headers._inner(version=settings.version)


@operation()
def fetched_set(settings: GpuDriverSettings) -> Commands:
    """The files of every package that is to move, in apt's cache; nothing is installed."""
    wanted = wanted_set(settings)
    if wanted is None:
        yield StringCommand("false")
        return
    step = _change(settings, wanted=wanted)
    if step.install:
        text = _preferences(settings, wanted=wanted)
        yield StringCommand(
            simulation.fetch_command(
                preferences=text,
                arguments=step.arguments(),
                unhold=step.unhold,
                wrecks=step.wrecks,
            )
        )


@operation()
def moved_set(settings: GpuDriverSettings) -> Commands:
    """The set installed at its exact versions, upwards or downwards, and held by infra."""
    wanted = wanted_set(settings)
    if wanted is None:
        yield StringCommand("false")
        return
    step = _change(settings, wanted=wanted)
    if step.moves:
        text = _preferences(settings, wanted=wanted)
        yield StringCommand(install_and_hold(step, preferences=text))


@operation()
def held_set(settings: GpuDriverSettings) -> Commands:
    """The set held by infra where it is installed already but not held, or not recorded."""
    wanted = wanted_set(settings)
    if wanted is None:
        return
    step = _change(settings, wanted=wanted)
    if step.record and not step.moves:
        yield StringCommand(held_command(step.hold))


@operation()
def preferences(settings: GpuDriverSettings) -> Commands:
    """apt preferences that keep the set at its exact versions."""
    wanted = wanted_set(settings)
    text = _preferences(settings, wanted=wanted or {})
    yield from operations.write_file._inner(path=pinning.PATH, text=text)


def _change(settings: GpuDriverSettings, *, wanted: Mapping[str, str]) -> Change:
    state = host.get_fact(HostState)
    found = foreign.strangers(state, origin=settings.origin) if settings.replace_foreign else ()
    strangers = tuple(name for name in found if name not in wanted)
    return change(state, wanted=wanted, replace_held=settings.replace_held, strangers=strangers)


def _preferences(settings: GpuDriverSettings, *, wanted: Mapping[str, str]) -> str:
    pins = pinning.pins(wanted, origin=settings.origin)
    return templates.render("gpu_driver/preferences.j2", pins=pins)
