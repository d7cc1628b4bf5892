"""Who reaches a node's standing."""

from pathlib import Path

from infra.site import Node, Site
from roles.load_balancer.settings import LoadBalancerSettings
from roles.node_standing.listening import openings
from roles.node_standing.settings import NodeStandingSettings

STANDING = NodeStandingSettings(port=8100)
GPU = Node(
    name="gpu-1", group="gpu_nodes", address="10.0.0.11", settings={"node_standing": STANDING}
)
BALANCER = Node(
    name="lb",
    group="load_balancers",
    address="10.0.0.21",
    settings={"load_balancer": LoadBalancerSettings.model_construct(address="10.0.0.22")},
)


def test_balancers_alone_are_told() -> None:
    site = Site(name="t", file=Path("t.py"), nodes=(GPU, BALANCER))
    (opening,) = openings(STANDING, node=GPU, site=site)
    assert (opening.port, opening.sources) == (8100, ("10.0.0.21", "10.0.0.22"))


def test_without_a_balancer_nobody_is() -> None:
    assert openings(STANDING, node=GPU, site=Site(name="t", file=Path("t.py"), nodes=(GPU,))) == ()
