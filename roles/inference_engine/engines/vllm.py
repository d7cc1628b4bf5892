"""vLLM: checkpoints in Hugging Face's layout, on GPUs."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from roles.inference_engine import image, place
from roles.inference_engine.container import Container
from roles.inference_engine.settings import InferenceEngineSettings

UPSTREAM_KEEPALIVE = False
"""Not proven with streamed answers, and its idle limit of 5 s is below a balancer's."""

_SHM_GIB = 16
"""Shared memory through which the workers of one model talk."""
_GRACE_SECONDS = 10
"""From the end of its own waiting until it is gone."""


def container(settings: InferenceEngineSettings) -> Container:
    """The container of `vllm serve`; compiled kernels outlive it, a start costs minutes less."""
    at = place.of(settings)
    pinned = image.parse(settings.image)
    inside = f"/models/{PurePosixPath(at.model_path).name}"
    several = settings.tensor_parallel > 1
    return Container(
        image=pinned.pinned,
        args=_args(settings, model=inside),
        publish=(at.address, settings.port),
        devices=place.cdi_names(settings.gpus),
        mounts=((at.model_path, inside),),
        caches=((f"infra-engine-cache-{pinned.digest[7:19]}", "/root/.cache"),),
        env={**_ENVIRONMENT, **settings.environment},
        env_file=bool(settings.secret_environment),
        read_only=False,
        shm_gib=(_SHM_GIB if several else None) if settings.shm_gib is None else settings.shm_gib,
        # NCCL locks the buffers that GPUs exchange
        ulimits=("memlock=-1", "stack=67108864") if several else (),
        stop_seconds=settings.stop_seconds + _GRACE_SECONDS,
    )


def refusals(settings: InferenceEngineSettings) -> Iterator[tuple[str, str]]:
    """More parallel parts than GPUs; metrics turned off, which it cannot."""
    if settings.gpus != "all" and settings.tensor_parallel > len(settings.gpus):
        yield (
            "tensor_parallel",
            f"{settings.tensor_parallel} parts on {len(settings.gpus)} GPUs; "
            "give it as many GPUs as parts",
        )
    if not settings.metrics:
        yield "metrics", "vllm always answers /metrics; leave it out"


_ENVIRONMENT = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}


def _args(settings: InferenceEngineSettings, *, model: str) -> tuple[str, ...]:
    return (
        *(model, "--served-model-name", settings.name_for_clients),
        *("--host", "0.0.0.0", "--port", str(settings.port)),
        *("--tensor-parallel-size", str(settings.tensor_parallel)),
        *("--max-model-len", str(settings.context_tokens)),
        *("--max-num-seqs", str(settings.parallel_requests)),
        # its default is to abort what is under way
        *("--shutdown-timeout", str(settings.stop_seconds)),
        "--enable-request-id-headers",
        *("--disable-access-log-for-endpoints", "/health,/metrics"),
        *settings.extra_args,
    )
