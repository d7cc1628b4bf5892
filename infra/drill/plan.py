"""How a node is drilled: within which time, by which programs, on what estimates rest."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.role import load
from infra.site import Node

DRIVERS = ("lab", "command")
"""`lab`: the lab makes the host anew; `command`: programs that the inventory names."""
_MAIN = "from infra.__main__ import main; main()"
_LAB_SECONDS = 300
_NO_HOOKS = "its inventory names no hooks that wipe and install it"
_BUDGET_SECONDS = 3600.0


class PlanError(Exception):
    """Why a node cannot be drilled as asked; a sentence that says what to do."""


@dataclass(frozen=True)
class Hook:
    """A program on the control host, and how many seconds it may take."""

    argv: tuple[str, ...]
    seconds: int


@dataclass(frozen=True)
class Driver:
    """What brings a node to a clean system."""

    name: str
    wipe: Hook
    install: Hook | None = None
    """None: `wipe` does both."""
    host_key: Hook | None = None
    """Prints the new system's public host keys; None: they are pinned by `wipe`."""


@dataclass(frozen=True)
class Sizes:
    """What estimates for real hardware rest on."""

    link_gbit_per_s: float = 1.0
    post_seconds: int = 180
    install_seconds: int = 600
    download_gb: Mapping[str, float] = field(default_factory=dict)
    """GB that a role fetches, where that is known beforehand; else what it received is taken."""


@dataclass(frozen=True)
class Plan:
    """What a role says of drills: its part `rebuilding.py` has `plan(settings)`."""

    budget_seconds: float = _BUDGET_SECONDS
    command: Driver | None = None
    """Programs that the inventory names."""
    reachable_seconds: int = 900
    sizes: Sizes = Sizes()


def of(node: Node) -> Plan:
    """The plan of a node: what its role that knows of drills says, else the usual."""
    for name, settings in node.settings.items():
        part = load(name).part("rebuilding")
        if part is not None:
            made = part.plan(settings)
            if not isinstance(made, Plan):
                raise TypeError(f"{name}.rebuilding: plan() gives no Plan")
            return made
    return Plan()


def driver(node: Node, *, plan: Plan, asked: str | None, inventory: Path) -> Driver:
    """The driver asked for, else the one that fits the node; PlanError when there is none."""
    name = asked or ("lab" if plan.command is None else "command")
    if name == "command":
        if plan.command is None:
            raise PlanError(f"{node.name}: {_NO_HOOKS}")
        _refuse_missing(node, plan.command)
        return plan.command
    if node.lab is None:
        raise PlanError(f"{node.name} is no lab host, and {_NO_HOOKS}")
    reset = ("lab", "reset", node.name, "--inventory", str(inventory))
    return Driver("lab", wipe=Hook((sys.executable, "-I", "-c", _MAIN, *reset), _LAB_SECONDS))


def _refuse_missing(node: Node, driver: Driver) -> None:
    """A node is not taken out, or wiped, for want of a program that comes afterwards."""
    hooks = {"wipe": driver.wipe, "install": driver.install, "host_key": driver.host_key}
    for name, hook in hooks.items():
        if hook is not None and shutil.which(hook.argv[0]) is None:
            text = f"no such program here ({Path.cwd()}), or it may not be run"
            raise PlanError(f"{node.name}: rebuild_drill.hooks.{name}: {hook.argv[0]}: {text}")
