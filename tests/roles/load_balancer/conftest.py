import pytest

from roles.load_balancer.settings import LoadBalancerSettings, Target


def target(node: str, **changes: object) -> Target:
    number = int(node.rpartition("-")[2])
    given = {
        "node": node,
        "address": f"10.0.0.{10 + number}",
        "port": 8000,
        "model": "small",
        "parallel": 4,
        "keepalive": False,
    }
    return Target.model_validate({**given, **changes})


@pytest.fixture
def settings() -> LoadBalancerSettings:
    """Two nodes that serve one model."""
    return LoadBalancerSettings(
        address="10.0.0.2",
        reached_at="10.0.0.2",
        api_keys={"lab": "env:KEY"},
        targets=(target("gpu-1"), target("gpu-2")),
    )


@pytest.fixture
def two_models(settings: LoadBalancerSettings) -> LoadBalancerSettings:
    """A third node that serves another model, over an engine that keeps its connections."""
    third = target("gpu-3", model="org/big.v2", keepalive=True, parallel=8)
    return settings.model_copy(update={"targets": (*settings.targets, third)})
