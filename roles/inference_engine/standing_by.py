"""Whether a spare could serve in the place of the nodes that it stands by for."""

from collections.abc import Iterator, Sequence

from infra.site import Node, Site
from roles.inference_engine.settings import InferenceEngineSettings


def mistakes(
    settings: InferenceEngineSettings, *, node: Node, site: Site
) -> Iterator[tuple[str, str]]:
    """A spare for a model that nobody serves, or with other weights than those that serve it."""
    if not node.spare:
        return
    name = settings.name_for_clients
    served = _served(site)
    alike = [(other, engine) for other, engine in served if engine.name_for_clients == name]
    if not alike:
        known = ", ".join(dict.fromkeys(engine.name_for_clients for _, engine in served)) or "none"
        yield "model", f'no node serves "{name}" that this spare could stand by for ({known})'
    elif not any(_same_weights(settings, engine) for _, engine in alike):
        other = alike[0][0].name
        text = (
            f'"{settings.model}" has other weights than {other} serves; give model_cache the same'
        )
        yield "model", text


def cautions(
    settings: InferenceEngineSettings, *, node: Node, site: Site
) -> Iterator[tuple[str, str]]:
    """A spare with an engine that none of those runs it stands by for."""
    name = settings.name_for_clients
    alike = [engine for _, engine in _served(site) if engine.name_for_clients == name]
    if node.spare and alike and all(engine.image != settings.image for engine in alike):
        yield "image", "the spare runs another image than every node that it stands by for"


def _served(site: Site) -> Sequence[tuple[Node, InferenceEngineSettings]]:
    """The nodes that serve without standing by, with their engines."""
    return [
        (node, engine)
        for node in site.offering("inference_engine")
        if not node.spare
        and isinstance(engine := node.settings["inference_engine"], InferenceEngineSettings)
    ]


def _same_weights(one: InferenceEngineSettings, other: InferenceEngineSettings) -> bool:
    """Whether both are of one revision, as far as it is known already."""
    return not one.model_revision or one.model_revision == other.model_revision
