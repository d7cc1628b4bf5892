"""Engines: a file a product, found by its name."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from roles.inference_engine.container import Container
    from roles.inference_engine.health import Health
    from roles.inference_engine.settings import InferenceEngineSettings


class Engine(Protocol):
    """What a file in this folder offers."""

    UPSTREAM_KEEPALIVE: bool
    """Whether a balancer may keep idle connections: only where streamed answers leave them open."""

    USES_NCCL: bool
    """Whether its GPUs talk by NCCL, so that what was proven of their way is for it."""

    CUSTOM_ALL_REDUCE_OFF: tuple[str, ...]
    """Arguments that turn off all-reduce by kernels of its own; empty where it has none."""

    HEALTH: "Health"
    """Which of its metrics tell that it has requests, and that it computes them."""

    def container(self, settings: "InferenceEngineSettings") -> "Container":
        """The container that serves the settings' model; the settings are resolved."""
        ...

    def refusals(self, settings: "InferenceEngineSettings") -> Iterator[tuple[str, str]]:
        """Settings that this engine cannot follow: key and sentence."""
        ...


def names() -> tuple[str, ...]:
    """Every engine's name, in alphabetical order."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__)))


def load(name: str) -> Engine:
    """The engine of that name; ModuleNotFoundError when there is none."""
    return cast(Engine, importlib.import_module(f"{__name__}.{name}"))
