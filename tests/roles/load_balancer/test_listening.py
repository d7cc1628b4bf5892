from pathlib import Path

import pytest

from infra.site import Node, Site
from roles.load_balancer.listening import openings
from roles.load_balancer.settings import LoadBalancerSettings

NODE = Node(name="lb", group="load_balancers", address="10.0.0.21", settings={})
SITE = Site(name="t", file=Path("t.py"), nodes=(NODE,))


def found(address: str | None) -> list[tuple[int, tuple[str, ...]]]:
    settings = LoadBalancerSettings.model_construct(port=8080, address=address)
    return [(one.port, one.sources) for one in openings(settings, node=NODE, site=SITE)]


@pytest.mark.parametrize("address", [None, "10.0.0.21", "0.0.0.0", "::"])
def test_clients_come_from_everywhere(address: str | None) -> None:
    assert found(address) == [(8080, ())]


def test_a_balancer_for_the_host_itself_needs_no_opening() -> None:
    assert found("127.0.0.1") == found("::1") == []
