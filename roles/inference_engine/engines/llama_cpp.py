"""llama.cpp's llama-server: GGUF files, on GPUs or on a CPU."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from roles.inference_engine import image, place
from roles.inference_engine.container import Container
from roles.inference_engine.settings import InferenceEngineSettings

UPSTREAM_KEEPALIVE = False
"""It announces keep-alive and closes the connection right after each streamed answer."""

_NOBODY = "65534:65534"
_STOP_SECONDS = 3
"""Told to stop, it computes nothing more and lets clients hang for 30 s: waiting helps nobody."""


def container(settings: InferenceEngineSettings) -> Container:
    """The container of llama-server; devices and threads are the image's choice."""
    at = place.of(settings)
    inside = f"/models/{PurePosixPath(at.model_path).name}"
    return Container(
        image=image.parse(settings.image).pinned,
        args=_args(settings, model=inside),
        publish=(at.address, settings.port),
        devices=place.cdi_names(settings.gpus),
        mounts=((at.model_path, inside),),
        env=settings.environment,
        env_file=bool(settings.secret_environment),
        user=_NOBODY,
        shm_gib=settings.shm_gib,
        stop_seconds=_STOP_SECONDS,
    )


def refusals(settings: InferenceEngineSettings) -> Iterator[tuple[str, str]]:
    """Nothing but tensor_parallel: it spreads layers over its GPUs by itself."""
    if settings.tensor_parallel != 1:
        yield (
            "tensor_parallel",
            "llama_cpp spreads a model over its GPUs by itself; leave it out, "
            'or give extra_args ["--split-mode", "row"]',
        )


def _args(settings: InferenceEngineSettings, *, model: str) -> tuple[str, ...]:
    return (
        *("--host", "0.0.0.0", "--port", str(settings.port)),
        *("--model", model, "--alias", settings.name_for_clients),
        # -c is the total, shared out evenly over the slots
        *("--ctx-size", str(settings.context_tokens * settings.parallel_requests)),
        *("--parallel", str(settings.parallel_requests), "--gpu-layers", "999"),
        # 8 GiB of host memory by default, for prompts that few clients repeat
        *("--cache-ram", "0", "--offline", "--no-webui"),
        *(("--metrics",) if settings.metrics else ()),
        *settings.extra_args,
    )
