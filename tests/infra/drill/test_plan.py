"""How a node is drilled: by whom it is wiped."""

from pathlib import Path

import pytest

from infra.drill import plan
from infra.lab.spec import LabEntry
from infra.site import Node
from roles.rebuild_drill.settings import Hooks, RebuildDrillSettings

INVENTORY = Path("inventories/rack.py")
HOOKS = Hooks(wipe=("/bin/sh", "wipe"), host_key=("sh",), wipe_seconds=30)


def node(settings: RebuildDrillSettings | None = None, *, in_lab: bool = False) -> Node:
    lab = LabEntry(os="debian-13") if in_lab else None
    kept = {} if settings is None else {"rebuild_drill": settings}
    return Node("gpu-2", "gpu_nodes", "10.0.0.2", kept, lab=lab)


def driver(made: Node, asked: str | None = None) -> plan.Driver:
    return plan.driver(made, plan=plan.of(made), asked=asked, inventory=INVENTORY)


def test_a_lab_host_is_reset_by_the_lab() -> None:
    found = driver(node(in_lab=True))
    assert found.name == "lab"
    assert found.wipe.argv[-5:] == ("lab", "reset", "gpu-2", "--inventory", str(INVENTORY))
    assert found.host_key is None


def test_hooks_of_the_inventory_come_first_even_in_the_lab() -> None:
    made = node(RebuildDrillSettings(hooks=HOOKS), in_lab=True)
    assert driver(made).wipe == plan.Hook(("/bin/sh", "wipe"), 30)
    assert driver(made, "lab").name == "lab"


def test_a_host_that_nobody_can_wipe_is_refused() -> None:
    with pytest.raises(plan.PlanError, match="gpu-2 is no lab host, and its inventory names no"):
        driver(node())
    with pytest.raises(plan.PlanError, match="names no hooks"):
        driver(node(in_lab=True), "command")


def test_a_program_that_is_not_there_is_refused_before_the_wipe() -> None:
    made = node(RebuildDrillSettings(hooks=HOOKS.model_copy(update={"host_key": ("hooks/key",)})))
    with pytest.raises(plan.PlanError, match=r"gpu-2: .*\.host_key: hooks/key: no"):
        driver(made)


def test_the_policy_is_the_budget() -> None:
    assert plan.of(node(RebuildDrillSettings(budget_minutes=45))).budget_seconds == 2700
    assert plan.of(node()).budget_seconds == 3600
