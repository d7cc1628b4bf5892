"""What the rest of an inventory says of a node's drills."""

from pathlib import Path

from infra.lab.spec import LabEntry
from infra.site import Node, Site
from roles.rebuild_drill import across
from roles.rebuild_drill.settings import Hooks, RebuildDrillSettings

HOOKS = Hooks(wipe=("wipe",), host_key=("key",))


def judged(
    settings: RebuildDrillSettings, *, in_lab: bool
) -> tuple[RebuildDrillSettings, list[str]]:
    lab = LabEntry(os="debian-13") if in_lab else None
    node = Node("gpu-2", "gpu_nodes", "10.0.0.2", {"rebuild_drill": settings}, lab=lab)
    site = Site("rack", Path("rack.py"), (node,))
    found = across.resolve(settings, node=node, site=site)
    return found, [key for key, _ in across.mistakes(found, node=node, site=site)]


def test_a_lab_hosts_hardware_is_simulated() -> None:
    assert judged(RebuildDrillSettings(), in_lab=True)[0].simulated
    assert not judged(RebuildDrillSettings(simulated=True), in_lab=False)[0].simulated


def test_a_policy_needs_something_to_drill_with() -> None:
    assert judged(RebuildDrillSettings(budget_minutes=60), in_lab=False)[1] == ["hooks"]
    assert judged(RebuildDrillSettings(budget_minutes=60, hooks=HOOKS), in_lab=False)[1] == []
    assert judged(RebuildDrillSettings(budget_minutes=60), in_lab=True)[1] == []
    assert judged(RebuildDrillSettings(), in_lab=False)[1] == []
