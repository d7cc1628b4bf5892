"""What the other roles of a host expect of its models."""

from infra.site import Node, Site
from roles.model_cache.settings import ModelCacheSettings


def mistakes(settings: ModelCacheSettings, *, node: Node, site: Site) -> list[tuple[str, str]]:
    """An engine of the same host that names a model which the host does not hold."""
    model = getattr(node.settings.get("inference_engine"), "model", None)
    if model is None or model in settings.models:
        return []
    held = ", ".join(sorted(settings.models)) or "none"
    return [("models", f'inference_engine serves "{model}", which is not here (here: {held})')]
