"""Fetches a driver's exact set first, then moves, holds and pins it in one short step."""

from collections.abc import Mapping

from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import OperationError
from pyinfra.api.operation import OperationMeta, operation
from pyinfra.context import host

from infra import operations, templates
from infra.operations import Commands
from roles.gpu_driver import pinning, simulation
from roles.gpu_driver.change import Change, change, held_elsewhere
from roles.gpu_driver.facts import HostState, Simulated
from roles.gpu_driver.holding import held_command, install_and_hold
from roles.gpu_driver.offered.operations import wanted_set
from roles.gpu_driver.settings import GpuDriverSettings


def ready(settings: GpuDriverSettings) -> None:
    """All that can fail, or takes long, without a package moved: simulated and fetched."""
    proven_set(settings=settings, name="Simulate driver installation")
    fetched_set(settings=settings, name="Fetch driver packages")


def moved(settings: GpuDriverSettings, *, disrupts: bool) -> OperationMeta:
    """The set at its exact versions, held and pinned; the operation that moves it is given back.

    It disrupts where another module is loaded: new containers need the user space of the loaded.
    """
    done = moved_set(settings=settings, name="Install pinned driver packages")
    if disrupts:
        operations.disrupts(done, why=f"driver {settings.version}")
    held_set(settings=settings, name="Hold driver packages")
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
    return change(host.get_fact(HostState), wanted=wanted, replace_held=settings.replace_held)


def _preferences(settings: GpuDriverSettings, *, wanted: Mapping[str, str]) -> str:
    pins = pinning.pins(wanted, origin=settings.origin)
    return templates.render("gpu_driver/preferences.j2", pins=pins)
