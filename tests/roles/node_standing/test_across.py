"""Where a node tells its standing."""

from pathlib import Path

import pytest

from infra.role import Settings
from infra.site import Node, Site
from roles.inference_engine.settings import InferenceEngineSettings
from roles.load_balancer.settings import LoadBalancerSettings
from roles.node_standing.across import mistakes, resolve
from roles.node_standing.settings import NodeStandingSettings

BALANCER = Node(
    name="lb",
    group="load_balancers",
    address="10.0.0.21",
    settings={"load_balancer": LoadBalancerSettings.model_construct(address=None)},
)


def resolved(
    address: str, *, own: str | None = None, engine: str | None = None, port: int = 8098
) -> tuple[NodeStandingSettings, Node, Site]:
    settings = NodeStandingSettings(address=own, port=port)
    both: dict[str, Settings] = {
        "node_standing": settings,
        "inference_engine": InferenceEngineSettings.model_construct(address=engine, port=8000),
    }
    node = Node(name="gpu-1", group="gpu_nodes", address=address, settings=both)
    site = Site(name="t", file=Path("t.py"), nodes=(node, BALANCER))
    return resolve(settings, node=node, site=site), node, site


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"address": "10.0.0.11"}, "10.0.0.11"),
        ({"address": "10.0.0.11", "own": "192.0.2.1"}, "192.0.2.1"),
        ({"address": "gpu-1.example", "engine": "10.0.0.12"}, "10.0.0.12"),
        ({"address": "10.0.0.11", "engine": "127.0.0.1"}, "10.0.0.11"),
        ({"address": "FD00:0::11"}, "fd00::11"),
    ],
)
def test_it_is_told_where_ssh_finds_the_host_or_where_the_engine_is(
    given: dict[str, str], found: str
) -> None:
    settings, node, site = resolved(**given)  # type: ignore[arg-type]
    assert settings.address == found
    assert mistakes(settings, node=node, site=site) == []


def test_a_name_is_no_place_to_listen_at() -> None:
    settings, node, site = resolved("gpu-1.example")
    assert mistakes(settings, node=node, site=site) == [
        ("address", '"gpu-1.example" is a name; give the IP address of this host at which it tells')
    ]


def test_the_engines_port_is_taken() -> None:
    settings, node, site = resolved("10.0.0.11", port=8000)
    assert mistakes(settings, node=node, site=site) == [
        ("port", "8000 is the port of inference_engine on this host; give another")
    ]
