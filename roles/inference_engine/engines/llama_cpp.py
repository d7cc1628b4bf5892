"""llama.cpp's llama-server: GGUF files, on GPUs or on a CPU."""

import re
from collections.abc import Iterator

from roles.inference_engine import image, place
from roles.inference_engine.container import Container
from roles.inference_engine.health import Health
from roles.inference_engine.settings import InferenceEngineSettings

UPSTREAM_KEEPALIVE = False
"""It announces keep-alive and closes the connection right after each streamed answer."""

USES_NCCL = False
CUSTOM_ALL_REDUCE_OFF: tuple[str, ...] = ()

HEALTH = Health(
    running=("llamacpp:requests_processing", "llamacpp:requests_deferred"),
    progress=("llamacpp:n_decode_total",),
)
"""Calls of llama_decode: one a token while it answers, one a batch (2048 tokens) of a prompt.

Measured with b10068. Its totals of tokens move only when a prompt or an answer is done. While a
batch is computed /metrics is not answered (100 s on one CPU core), and /health is, by a thread of
its own: silent metrics are no sign of a hung engine, and a growing count is one of progress.
"""

_USER = "64850:64850"
"""Nobody else's number: what runs as `nobody` could read its variables on the host."""
_HTTP_THREADS = 64
"""At least. Each request holds one from its first byte to its last, those that wait too; /health is
not answered while all are taken. Its default is 4 more than it computes requests (measured: with 8
threads and 12 streams /health was silent for 19 s)."""
_STOP_SECONDS = 3
"""Told to stop, it computes nothing more and lets clients hang for 30 s: waiting helps nobody."""


def container(settings: InferenceEngineSettings) -> Container:
    """The container of llama-server; devices and threads are the image's choice."""
    at = place.of(settings)
    return Container(
        image=image.parse(settings.image).pinned,
        args=_args(settings, model=_first(settings, inside=at.inside)),
        publish=(at.address, settings.port),
        model=settings.name_for_clients,
        devices=place.cdi_names(settings.gpus),
        mounts=((at.model_path, at.inside),),
        env=settings.environment,
        env_file=bool(settings.secret_environment),
        user=_USER,
        shm_gib=settings.shm_gib,
        stop_seconds=_STOP_SECONDS,
    )


def refusals(settings: InferenceEngineSettings) -> Iterator[tuple[str, str]]:
    """A folder without a first GGUF file; tensor_parallel: it spreads layers by itself."""
    if settings.model_files and not _split(settings):
        yield (
            "model",
            f'"{settings.model}" has no file that ends in -00001-of-…gguf, with which llama_cpp '
            "begins; give a model of one GGUF file, or all the parts of a split one",
        )
    if settings.tensor_parallel != 1:
        yield (
            "tensor_parallel",
            "llama_cpp spreads a model over its GPUs by itself; leave it out, "
            'or give extra_args ["--split-mode", "row"]',
        )


def _split(settings: InferenceEngineSettings) -> list[str]:
    return [name for name in settings.model_files if re.search(r"-0*1-of-\d+\.gguf$", name)]


def _first(settings: InferenceEngineSettings, *, inside: str) -> str:
    """The file from which it finds the others by itself."""
    return "/".join((inside, *_split(settings)[:1]))


def _args(settings: InferenceEngineSettings, *, model: str) -> tuple[str, ...]:
    return (
        *("--host", "0.0.0.0", "--port", str(settings.port)),
        *("--model", model, "--alias", settings.name_for_clients),
        # -c is the total, shared out evenly over the slots
        *("--ctx-size", str(settings.context_tokens * settings.parallel_requests)),
        *("--parallel", str(settings.parallel_requests), "--gpu-layers", "999"),
        *("--threads-http", str(max(_HTTP_THREADS, 4 * settings.parallel_requests))),
        # 8 GiB of host memory by default, for prompts that few clients repeat
        *("--cache-ram", "0", "--offline", "--no-webui"),
        *(("--metrics",) if settings.metrics else ()),
        *settings.extra_args,
    )
