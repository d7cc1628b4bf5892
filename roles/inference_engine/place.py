"""Where an engine stands on its host: address, model, devices."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from roles.inference_engine.settings import InferenceEngineSettings


@dataclass(frozen=True)
class Place:
    """What other roles and the site say of an engine."""

    address: str
    model_path: str
    """The model's only file on the host, or the folder of its files."""
    inside: str
    """The same in the container: a file keeps its name, a folder has the model's."""


def of(settings: InferenceEngineSettings) -> Place:
    """The place of an engine whose settings are resolved; ValueError when they are not."""
    if settings.address is None or settings.model_path is None:
        raise ValueError("inference_engine: address and model_path are not filled in yet")
    path = settings.model_path
    inside = settings.model if settings.model_files else PurePosixPath(path).name
    return Place(address=settings.address, model_path=path, inside=f"/models/{inside}")


def cdi_names(gpus: Literal["all"] | tuple[int, ...]) -> tuple[str, ...]:
    """CDI names of GPUs, as nvidia-ctk writes them."""
    chosen = ("all",) if gpus == "all" else tuple(str(gpu) for gpu in gpus)
    return tuple(f"nvidia.com/gpu={one}" for one in chosen)
