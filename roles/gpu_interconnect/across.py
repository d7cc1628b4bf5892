"""What the interconnect's proof takes from the engine of its host."""

from infra.site import Node, Site
from roles.gpu_interconnect.settings import GpuInterconnectSettings
from roles.inference_engine.settings import InferenceEngineSettings


def resolve(
    settings: GpuInterconnectSettings, *, node: Node, site: Site
) -> GpuInterconnectSettings:
    """The settings with the engine filled in."""
    engine = node.settings.get("inference_engine")
    if not isinstance(engine, InferenceEngineSettings):
        return settings
    return settings.model_copy(update={"engine": engine})


def mistakes(settings: GpuInterconnectSettings, *, node: Node, site: Site) -> list[tuple[str, str]]:
    """What is asked for and cannot be proven."""
    found = []
    if settings.required and settings.probe_image is None:
        found.append(
            ("required", "needs a probe to prove it with; give gpu_interconnect.probe_image")
        )
    if settings.probe_image is not None and "container_runtime" not in node.settings:
        found.append(
            ("probe_image", "needs container_runtime on the same host; add it to the host's deploy")
        )
    return found
