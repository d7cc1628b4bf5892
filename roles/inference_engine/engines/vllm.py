"""vLLM: checkpoints in Hugging Face's layout, on GPUs."""

from collections.abc import Iterator

from roles.inference_engine import image, place
from roles.inference_engine.container import Container
from roles.inference_engine.health import Health
from roles.inference_engine.settings import InferenceEngineSettings

UPSTREAM_KEEPALIVE = False
"""Not proven with streamed answers, and its idle limit of 5 s is below a balancer's."""

USES_NCCL = True
CUSTOM_ALL_REDUCE_OFF = ("--disable-custom-all-reduce",)

HEALTH = Health(
    running=("vllm:num_requests_running", "vllm:num_requests_waiting"),
    progress=(
        "vllm:generation_tokens_total",
        "vllm:prompt_tokens_total",
        "vllm:kv_cache_usage_perc",
    ),
)
"""Tokens are counted at each step that makes one (v1/metrics/loggers.py, 0.32); a part of a long
prompt makes none, and shows in the share of the KV cache that is used, which each step tells.

/health and /metrics are answered by another process than the one that computes: /health says 503
when that one died (health.py), and 200 when it hangs.
"""

_SHM_GIB = 16
"""Shared memory through which the workers of one model talk."""
_CONFIGURATIONS = {"config.json", "params.json"}
"""One of them says what kind of model a folder holds; the second is Mistral's."""
_GRACE_SECONDS = 10
"""From the end of its own waiting until it is gone."""


def container(settings: InferenceEngineSettings) -> Container:
    """The container of `vllm serve`; compiled kernels outlive it, a start costs minutes less."""
    at = place.of(settings)
    pinned = image.parse(settings.image)
    several = settings.tensor_parallel > 1
    return Container(
        image=pinned.pinned,
        args=_args(settings, model=at.inside),
        publish=(at.address, settings.port),
        model=settings.name_for_clients,
        devices=place.cdi_names(settings.gpus),
        mounts=((at.model_path, at.inside),),
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
    """A model that is no checkpoint's folder; more parts than GPUs; metrics, which always are."""
    if settings.model_path is not None and not _CONFIGURATIONS & set(settings.model_files):
        yield (
            "model",
            f'"{settings.model}" is no folder with a config.json, and vllm serves checkpoints in '
            f"Hugging Face's layout; give model_cache.models.{settings.model} all their files: "
            '{"config.json": {"source": …, "sha256": …}, …}',
        )
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
