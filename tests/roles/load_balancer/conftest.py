from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from loopback import NoNginxError, nginx_program
from real_balancer import Balancer, running

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


@pytest.fixture(scope="session")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> str:
    """nginx's program: the machine's own, else the one in its distribution's package."""
    try:
        return nginx_program(tmp_path_factory.mktemp("nginx"))
    except NoNginxError as problem:
        pytest.skip(str(problem))


@pytest.fixture
def balancing(nginx: str, tmp_path: Path) -> Callable[..., AbstractContextManager[Balancer]]:
    """A real balancer with changes to its settings, from `with` to its end."""
    return partial(running, nginx, tmp_path)


@pytest.fixture
def balancer(balancing: Callable[..., AbstractContextManager[Balancer]]) -> Iterator[Balancer]:
    """A real balancer in front of gpu-1 and gpu-2, which serve small, and gpu-3."""
    with balancing() as found:
        yield found
