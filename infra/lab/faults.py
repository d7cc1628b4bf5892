"""Faults put into a simulated GPU host, and taken out again."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from infra.lab import access, host
from infra.lab.shell import LabError, run
from infra.lab.spec import LabHost
from infra.mistakes import nearest

DECLARED = Path(__file__).with_suffix(".yaml")
WORDS = Path(__file__).with_suffix(".sh")
"""Shell functions that the declared texts call."""


class Fault(BaseModel):
    """One fault as declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sentence: str
    """What it is like in the real world."""
    put: str
    heal: str
    needs: tuple[str, ...] = Field(default=())
    """What the host must have, by the names that faults.sh knows."""


@cache
def faults() -> dict[str, Fault]:
    """Every fault by name, in the order of its declaration."""
    declared = yaml.safe_load(DECLARED.read_text())
    return {name: Fault.model_validate(each) for name, each in declared.items()}


def put(node: LabHost, name: str) -> str:
    """Put a fault into a host that is up; gives its sentence.

    Raises LabError when there is no such fault, or the host is not up or cannot have it.
    """
    fault = _known(name)
    _require(node)
    _as_root(node, script(fault, off=False), name=name)
    return fault.sentence


def heal(node: LabHost, name: str) -> None:
    """Take a fault out of a host that is up, or leave one that has it not; LabError as `put`."""
    fault = _known(name)
    _require(node)
    _as_root(node, script(fault, off=True), name=f"{name} --off")


def script(fault: Fault, *, off: bool) -> str:
    """Shell text that puts a fault in, or takes it out."""
    needs = "" if off else "".join(f"need {each}\n" for each in fault.needs)
    return f"{WORDS.read_text()}{needs}{fault.heal if off else fault.put}\n"


def _known(name: str) -> Fault:
    if name not in faults():
        raise LabError(f"no such fault: {name}{nearest(name, faults())}")
    return faults()[name]


def _require(node: LabHost) -> None:
    if not node.gpus or node.kind != "container":
        raise LabError(f"{node.name} has no simulated GPUs that a fault could strike")
    if host.made(node.name) is None or not host.is_running(node.name):
        raise LabError(f"{node.name} is not up; infra lab up starts it")


def _as_root(node: LabHost, text: str, *, name: str) -> None:
    sudo = () if node.user == "root" else ("sudo",)
    command = [*access.ssh_command(node), *sudo, "sh", "-s"]
    run(command, input=text, name=f"{node.name}: {name}")
