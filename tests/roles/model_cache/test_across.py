from pathlib import Path
from types import SimpleNamespace
from typing import Any

from infra.site import Node, Site
from roles.model_cache.across import mistakes
from roles.model_cache.settings import ModelCacheSettings

SETTINGS = ModelCacheSettings.model_validate(
    {"models": {"a": {"file": "a", "source": "/a", "sha256": "0" * 64}}}
)


def told(**roles: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    node = Node(name="n", group="gpu_nodes", address="10.0.0.1", settings=roles)
    site = Site(name="s", file=Path("s.py"), nodes=(node,))
    return mistakes(SETTINGS, node=node, site=site)


def test_an_engine_that_serves_a_model_of_the_host_is_no_mistake() -> None:
    assert told(inference_engine=SimpleNamespace(model="a")) == []


def test_an_engine_that_serves_another_model_is_a_mistake() -> None:
    [(key, sentence)] = told(inference_engine=SimpleNamespace(model="b"))
    assert key == "models" and '"b"' in sentence and "here: a" in sentence


def test_a_host_without_an_engine_has_no_mistake() -> None:
    assert told() == []
