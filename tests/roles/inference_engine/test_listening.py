from pathlib import Path

from infra.site import Node, Site
from roles.inference_engine.listening import openings
from roles.inference_engine.settings import InferenceEngineSettings
from roles.load_balancer.settings import LoadBalancerSettings

ENGINE = InferenceEngineSettings.model_construct(port=8000)
GPU = Node(
    name="gpu-1", group="gpu_nodes", address="10.0.0.11", settings={"inference_engine": ENGINE}
)


def balancer(name: str, address: str, *, listens_at: str | None) -> Node:
    settings = LoadBalancerSettings.model_construct(address=listens_at)
    return Node(
        name=name, group="load_balancers", address=address, settings={"load_balancer": settings}
    )


def sources(*balancers: Node) -> list[tuple[str, ...]]:
    site = Site(name="t", file=Path("t.py"), nodes=(GPU, *balancers))
    return [one.sources for one in openings(ENGINE, node=GPU, site=site)]


def test_balancers_alone_reach_an_engine() -> None:
    one = balancer("lb-1", "10.0.0.21", listens_at="10.0.0.21")
    two = balancer("lb-2", "10.0.0.22", listens_at="0.0.0.0")
    assert sources(one, two) == [("10.0.0.21", "10.0.0.22")]


def test_a_balancer_may_come_from_where_it_listens() -> None:
    assert sources(balancer("lb", "198.51.100.1", listens_at="10.0.0.21")) == [
        ("198.51.100.1", "10.0.0.21")
    ]


def test_a_name_is_told_only_where_no_address_is_known() -> None:
    assert sources(balancer("lb", "lb.example", listens_at="10.0.0.21")) == [("10.0.0.21",)]
    assert sources(balancer("lb", "lb.example", listens_at=None)) == [("lb.example",)]


def test_without_a_balancer_nobody_reaches_it() -> None:
    assert sources() == []
