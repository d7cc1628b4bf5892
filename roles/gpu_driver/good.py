"""The driver that was proven last on a host: what to go back to when another one fails."""

import json

from roles.gpu_driver import foreign, packages
from roles.gpu_driver.driver import Module
from roles.gpu_driver.settings import GpuDriverSettings
from roles.gpu_driver.state import State

PATH = "/var/lib/infra/gpu_driver_good.json"
"""File on the host that names the driver with which nvidia-smi answered last."""

_FIELDS = {"version", "origin", "modules", "kernel_flavour", "extra_packages"}


def text(settings: GpuDriverSettings) -> str:
    """Text of the record of a driver."""
    return json.dumps(settings.model_dump(mode="json", include=_FIELDS), sort_keys=True) + "\n"


def before(settings: GpuDriverSettings, *, recorded: str) -> GpuDriverSettings | None:
    """The settings with the recorded driver in the promised one's place.

    None when there is no record that can be read.
    """
    try:
        return GpuDriverSettings.model_validate({**dict(settings), **json.loads(recorded)})
    except (ValueError, TypeError):
        return None


def found(settings: GpuDriverSettings, *, state: State) -> GpuDriverSettings:
    """The settings with the driver in the promised one's place that runs whole on the host.

    The settings as they are when no driver does.
    """
    if state.loaded is None:
        return settings
    there = {"version": state.loaded.version, "modules": state.loaded.flavour}
    other = settings.model_copy(update=there)
    return other if runs(other, state=state) else settings


def runs(settings: GpuDriverSettings, *, state: State) -> bool:
    """Whether exactly this driver is installed, whole, on disk and loaded."""
    promised = Module(version=settings.version, flavour=settings.modules)
    return (
        state.loaded == state.disk == promised
        and not state.broken
        and not foreign.strangers(state, origin=settings.origin)
        and state.ours <= state.driver.keys()
        and all(
            packages.upstream(package.version) == settings.version
            for name, package in state.driver.items()
            if packages.follows_driver(name, origin=settings.origin)
        )
    )
