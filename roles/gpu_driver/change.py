"""What must happen to a host's packages, and what a person must decide first."""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass

from roles.gpu_driver import foreign
from roles.gpu_driver.state import State


@dataclass(frozen=True)
class Change:
    """From a host's packages to the wanted set."""

    install: Mapping[str, str]
    """Packages that are missing or at another version, with the exact version they get."""
    remove: tuple[str, ...]
    """Packages that the set has no more: of an earlier version, or left half done."""
    unhold: tuple[str, ...]
    """Packages that are not of the set and whose hold would stand in its way."""
    hold: tuple[str, ...]
    """Every package of the set."""
    record: bool
    """Whether the holds, or the record of them, differ from the set."""
    wrecks: tuple[str, ...] = ()
    """Packages whose files dpkg left half done: apt moves them only when they are gone."""
    purge: bool = False
    """Whether another origin's packages go, with their configuration."""
    uninstall: bool = False
    """Whether a .run file's driver goes first."""

    @property
    def moves(self) -> bool:
        """Whether a package is installed, moved or removed."""
        return bool(self.install or self.remove or self.wrecks or self.uninstall)

    def arguments(self) -> tuple[str, ...]:
        """The packages as apt-get install takes them; a trailing dash removes."""
        exact = tuple(f"{name}={version}" for name, version in self.install.items())
        return (*exact, *(f"{name}-" for name in self.remove))


def change(
    state: State, *, wanted: Mapping[str, str], replace_held: bool, strangers: tuple[str, ...] = ()
) -> Change:
    """What turns the driver packages of a host into the wanted set, all held by infra.

    `strangers` are packages of another origin, which go; a .run file's driver goes as well.
    """
    install = {
        name: version
        for name, version in wanted.items()
        if name not in state.driver or state.driver[name].version != version
    }
    remove = _leftovers(state, wanted=wanted, strangers=strangers)
    unheld = any(not (name in state.driver and state.driver[name].held) for name in wanted)
    return Change(
        install=install,
        remove=remove,
        unhold=_obstacles(state, known={*wanted, *remove}) if replace_held else (),
        hold=tuple(sorted(wanted)),
        record=unheld or state.ours != frozenset(wanted),
        wrecks=tuple(sorted(state.wrecks)),
        purge=bool(strangers),
        uninstall=foreign.UNINSTALL in state.runfile,
    )


def _obstacles(state: State, *, known: Set[str]) -> tuple[str, ...]:
    return tuple(
        sorted(name for name, package in state.driver.items() if package.held and name not in known)
    )


def _leftovers(
    state: State, *, wanted: Mapping[str, str], strangers: tuple[str, ...]
) -> tuple[str, ...]:
    """Ours of an earlier set, firmware, whose name carries its driver's version, and wrecks."""
    earlier = {
        name for name in state.driver if name in state.ours or name.startswith("nvidia-firmware-")
    }
    earlier |= set(strangers)
    return tuple(sorted((earlier | state.broken) - state.wrecks - wanted.keys()))


def along(state: State) -> tuple[str, ...]:
    """Installed driver packages that nobody asked infra for and that move with the set.

    What carries or asks for a module, or pins a branch, does not: the set has its own.
    """
    own = re.compile("dkms|headless|pinning|-open|nvidia-driver|nvidia-kernel|linux-")
    return tuple(
        name for name in state.driver if name not in state.ours and own.search(name) is None
    )


def refusal(state: State, *, origin: str, replace_foreign: bool = False) -> str | None:
    """Why this host cannot have this driver, and what to do; None when it can."""
    if not state.gpus:
        return (
            "gpu_driver: the PCI bus of this host shows no NVIDIA GPU; take gpu_driver out of "
            "what this host is promised, or look at the card, its power and its slot"
        )
    if state.guests:
        return (
            f"gpu_driver: {', '.join(sorted(state.guests))} is a hypervisor's share of a card (a "
            "vGPU), which works with the driver that the cloud gives out alone; take gpu_driver "
            "out of what this host is promised"
        )
    if origin != "nvidia" and origin != state.os:
        return (
            f'gpu_driver.origin: "{origin}" on a host whose system is "{state.os}"; '
            'set it to that, or to "nvidia" and give NVIDIA\'s repository'
        )
    return foreign.refusal(state, origin=origin, replace=replace_foreign)


def held_elsewhere(state: State, *, wanted: Mapping[str, str]) -> str | None:
    """What somebody else holds at another version, and how to let infra move it; None: nothing."""
    held = [
        f"{name} is held at {package.version} ({wanted[name]} is promised)"
        for name, package in state.driver.items()
        if package.held
        and name not in state.ours
        and name in wanted
        and package.version != wanted[name]
    ]
    if not held:
        return None
    return (
        f"{', '.join(held[:3])}. A package of the set is held at another version, not by infra; "
        "to let infra move it: gpu_driver.replace_held = True"
    )
