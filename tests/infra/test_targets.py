"""Limits name nodes, groups, globs, and what failed last."""

from pathlib import Path

import pytest

from infra.site import Node, Site
from infra.targets import TargetError, chosen_roles, limited


def node(name: str, group: str) -> Node:
    return Node(name=name, group=group, address=name, settings={}, groups=(group, "rack"))


SITE = Site(
    name="rack",
    file=Path("rack.py"),
    nodes=(node("gpu-1", "gpu_nodes"), node("gpu-2", "gpu_nodes"), node("lb-1", "load_balancers")),
)


@pytest.mark.parametrize(
    ("limits", "names"),
    [
        ([], ["gpu-1", "gpu-2", "lb-1"]),
        (["gpu-2"], ["gpu-2"]),
        (["gpu_nodes"], ["gpu-1", "gpu-2"]),
        (["rack"], ["gpu-1", "gpu-2", "lb-1"]),
        (["*-1"], ["gpu-1", "lb-1"]),
        (["lb-1", "gpu-1"], ["gpu-1", "lb-1"]),
        (["@failed"], ["gpu-2"]),
    ],
)
def test_a_limit_picks_nodes_in_the_inventorys_order(limits: list[str], names: list[str]) -> None:
    assert [found.name for found in limited(SITE, limits, failed={"gpu-2"})] == names


def test_a_limit_that_names_nothing_gets_the_nearest_word() -> None:
    with pytest.raises(TargetError, match=r"--limit gpu-3: .*did you mean gpu-[12]\?"):
        limited(SITE, ["gpu-3"], failed=())


def test_failed_without_a_failed_node_is_told() -> None:
    with pytest.raises(TargetError, match="no node is known that failed"):
        limited(SITE, ["@failed"], failed=())


def test_a_role_that_no_node_has_is_told() -> None:
    with pytest.raises(TargetError, match="none of these nodes has it"):
        chosen_roles(["gpu_driver"], SITE.nodes)
    with pytest.raises(TargetError, match="did you mean gpu_driver"):
        chosen_roles(["gpu_drivr"], SITE.nodes)
