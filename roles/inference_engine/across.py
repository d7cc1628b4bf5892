"""What an engine takes from its host and its model cache, and what does not fit together."""

import ipaddress
from collections.abc import Iterator

from infra.site import Node, Site
from roles.gpu_driver import cuda, promised
from roles.gpu_driver.settings import GpuDriverSettings
from roles.inference_engine import engines, standing_by
from roles.inference_engine.settings import InferenceEngineSettings
from roles.model_cache import layout
from roles.model_cache.settings import ModelCacheSettings


def resolve(
    settings: InferenceEngineSettings, *, node: Node, site: Site
) -> InferenceEngineSettings:
    """The settings with address, model path, files and revision filled in."""
    cache = _cache(node)
    filled: dict[str, object] = {
        "address": node.address if settings.address is None else settings.address
    }
    if cache is not None and settings.model in cache.models:
        filled["model_path"] = layout.path_of(cache, settings.model)
        filled["model_revision"] = cache.models[settings.model].digest
        filled["model_files"] = tuple(cache.models[settings.model].files or ())
    return settings.model_copy(update=filled)


def mistakes(settings: InferenceEngineSettings, *, node: Node, site: Site) -> list[tuple[str, str]]:
    """What other roles of the host cannot give, and what the engine itself refuses."""
    return [
        *_missing(settings, node),
        *_unbindable(settings),
        *_unfit(settings, node, site),
        *standing_by.mistakes(settings, node=node, site=site),
        *engines.load(settings.engine).refusals(settings),
    ]


def cautions(settings: InferenceEngineSettings, *, node: Node, site: Site) -> list[tuple[str, str]]:
    """What works, but that somebody should know of."""
    return list(standing_by.cautions(settings, node=node, site=site))


def _missing(settings: InferenceEngineSettings, node: Node) -> Iterator[tuple[str, str]]:
    cache = _cache(node)
    if cache is None:
        yield "", "needs model_cache on the same host; add it to the host's deploy"
    elif settings.model not in cache.models:
        known = ", ".join(cache.models) or "none"
        yield (
            "model",
            f'"{settings.model}" is not in model_cache.models of this host ({known}); add it there',
        )
    if "container_runtime" not in node.settings:
        yield "", "needs container_runtime on the same host; add it to the host's deploy"


def _unbindable(settings: InferenceEngineSettings) -> Iterator[tuple[str, str]]:
    try:
        ipaddress.ip_address(settings.address or "")
    except ValueError:
        yield (
            "address",
            f'"{settings.address}" is a name; give the IP address of this host that the engine '
            "binds to",
        )


def _unfit(settings: InferenceEngineSettings, node: Node, site: Site) -> Iterator[tuple[str, str]]:
    """An image whose CUDA version the promised driver, or a promised card, cannot run."""
    driver = node.settings.get("gpu_driver")
    if settings.cuda is None or not isinstance(driver, GpuDriverSettings):
        return
    refused = cuda.refusal(
        settings.cuda,
        version=driver.version,
        modules=driver.modules,
        cards=promised.of(node, site=site),
    )
    if refused is not None:
        yield "cuda", refused


def _cache(node: Node) -> ModelCacheSettings | None:
    found = node.settings.get("model_cache")
    return found if isinstance(found, ModelCacheSettings) else None
