import pytest

from roles.inference_engine.container import argv
from roles.inference_engine.engines import vllm
from roles.inference_engine.settings import InferenceEngineSettings

SETTINGS = InferenceEngineSettings(
    engine="vllm",
    image="vllm/vllm-openai:v0.33.0@sha256:" + "ab" * 32,
    model="qwen3-8b",
    context_tokens=32768,
    parallel_requests=64,
    gpus=(0, 1),
    tensor_parallel=2,
    address="10.0.0.1",
    model_path="/srv/models/store/qwen3-8b/r1",
    model_files=("config.json", "model-00001-of-00001.safetensors"),
    environment={"HF_HUB_OFFLINE": "0"},
    stop_seconds=120,
    extra_args=("--gpu-memory-utilization", "0.9"),
)


def test_the_whole_command_line() -> None:
    assert vllm.container(SETTINGS).args == (
        *("/models/qwen3-8b", "--served-model-name", "qwen3-8b"),
        *("--host", "0.0.0.0", "--port", "8000"),
        *("--tensor-parallel-size", "2"),
        *("--max-model-len", "32768", "--max-num-seqs", "64"),
        *("--shutdown-timeout", "120", "--enable-request-id-headers"),
        *("--disable-access-log-for-endpoints", "/health,/metrics"),
        *("--gpu-memory-utilization", "0.9"),
    )


def test_the_folder_of_the_model_is_mounted() -> None:
    assert vllm.container(SETTINGS).mounts == (
        ("/srv/models/store/qwen3-8b/r1", "/models/qwen3-8b"),
    )


@pytest.mark.parametrize("files", [(), ("model.safetensors",)])
def test_what_is_no_checkpoint_is_refused(files: tuple[str, ...]) -> None:
    other = SETTINGS.model_copy(update={"model_files": files})
    [(key, sentence)] = vllm.refusals(other)
    assert key == "model"
    assert "model_cache.models.qwen3-8b" in sentence and "config.json" in sentence
    unknown = other.model_copy(update={"model_path": None})
    assert not list(vllm.refusals(unknown))


def test_several_gpus_share_memory_and_lock_it() -> None:
    made = vllm.container(SETTINGS)
    assert made.shm_gib == 16
    assert made.ulimits == ("memlock=-1", "stack=67108864")
    alone = vllm.container(SETTINGS.model_copy(update={"tensor_parallel": 1}))
    assert alone.shm_gib is None
    assert alone.ulimits == ()


def test_shared_memory_can_be_chosen() -> None:
    assert vllm.container(SETTINGS.model_copy(update={"shm_gib": 32})).shm_gib == 32


def test_it_is_killed_only_after_it_had_time_to_finish() -> None:
    assert vllm.container(SETTINGS).stop_seconds > SETTINGS.stop_seconds


def test_compiled_kernels_outlive_the_container() -> None:
    assert vllm.container(SETTINGS).caches == (("infra-engine-cache-abababababab", "/root/.cache"),)


def test_the_inventory_has_the_last_word_on_variables() -> None:
    assert vllm.container(SETTINGS).env["HF_HUB_OFFLINE"] == "0"


def test_no_name_collides_with_its_own_variables() -> None:
    words = argv(vllm.container(SETTINGS), label="d")
    assert words[words.index("--name") + 1] != "vllm"


def test_more_parts_than_gpus_and_no_metrics_are_refused() -> None:
    assert not list(vllm.refusals(SETTINGS))
    wrong = SETTINGS.model_copy(update={"gpus": (0,), "metrics": False})
    assert [key for key, _ in vllm.refusals(wrong)] == ["tensor_parallel", "metrics"]
    unknown = SETTINGS.model_copy(update={"gpus": "all", "tensor_parallel": 8})
    assert not list(vllm.refusals(unknown))
