from pathlib import Path

from infra.role import Settings
from infra.site import Node, Site
from roles.gpu_interconnect import across
from roles.gpu_interconnect.settings import GpuInterconnectSettings
from roles.inference_engine.settings import InferenceEngineSettings

ENGINE = InferenceEngineSettings(
    engine="vllm", image="x/y:z@sha256:" + "a" * 64, model="m", context_tokens=2048
)
PROBE = "x/probe:1@sha256:" + "a" * 64


def node(**settings: Settings) -> tuple[Node, Site]:
    made = Node(name="gpu-1", group="gpu_nodes", address="10.0.0.1", settings=settings)
    return made, Site(name="x", file=Path("x.py"), nodes=(made,))


def test_the_engine_is_filled_in() -> None:
    made, site = node(inference_engine=ENGINE)
    found = across.resolve(GpuInterconnectSettings(), node=made, site=site)
    assert found.engine == ENGINE


def test_a_host_without_an_engine_has_none() -> None:
    made, site = node()
    assert across.resolve(GpuInterconnectSettings(), node=made, site=site).engine is None


def test_what_is_required_needs_a_probe_and_a_probe_needs_containers() -> None:
    made, site = node()
    required = GpuInterconnectSettings(required=True)
    assert [key for key, _ in across.mistakes(required, node=made, site=site)] == ["required"]
    probed = GpuInterconnectSettings(probe_image=PROBE)
    assert [key for key, _ in across.mistakes(probed, node=made, site=site)] == ["probe_image"]
    whole, site = node(container_runtime=Settings())
    assert across.mistakes(probed, node=whole, site=site) == []
