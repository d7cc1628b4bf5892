from roles.inference_engine.engines import llama_cpp
from roles.inference_engine.settings import InferenceEngineSettings

SETTINGS = InferenceEngineSettings(
    engine="llama_cpp",
    image="ghcr.io/ggml-org/llama.cpp:server-b10434@sha256:" + "a" * 64,
    model="smollm2-135m",
    served_name="small",
    context_tokens=2048,
    parallel_requests=4,
    address="10.0.0.1",
    port=8001,
    model_path="/srv/models/store/smollm2-135m/1/model.gguf",
    extra_args=("--no-warmup",),
)


def test_the_whole_command_line() -> None:
    assert llama_cpp.container(SETTINGS).args == (
        *("--host", "0.0.0.0", "--port", "8001"),
        *("--model", "/models/model.gguf", "--alias", "small"),
        *("--ctx-size", "8192", "--parallel", "4", "--gpu-layers", "999"),
        *("--threads-http", "64"),
        *("--cache-ram", "0", "--offline", "--no-webui", "--metrics", "--no-warmup"),
    )


def test_more_requests_than_slots_leave_threads_that_answer_for_its_health() -> None:
    many = llama_cpp.container(SETTINGS.model_copy(update={"parallel_requests": 32})).args
    assert many[many.index("--threads-http") + 1] == "128"


def test_threads_and_devices_are_left_to_the_image() -> None:
    args = llama_cpp.container(SETTINGS).args
    assert not {"-t", "--threads", "--device", "-dev"} & set(args)


def test_metrics_can_be_left_out() -> None:
    quiet = SETTINGS.model_copy(update={"metrics": False})
    assert "--metrics" not in llama_cpp.container(quiet).args


def test_the_model_is_mounted_and_nothing_else() -> None:
    made = llama_cpp.container(SETTINGS)
    assert made.mounts == ((SETTINGS.model_path, "/models/model.gguf"),)
    assert made.read_only
    assert made.user == "64850:64850"
    assert made.image == "ghcr.io/ggml-org/llama.cpp@sha256:" + "a" * 64


def test_a_split_model_is_begun_with_its_first_file() -> None:
    names = ("q4/model-00002-of-00002.gguf", "q4/model-00001-of-00002.gguf", "README.md")
    path = "/srv/models/store/smollm2-135m/1"
    split = SETTINGS.model_copy(update={"model_path": path, "model_files": names})
    made = llama_cpp.container(split)
    assert made.mounts == ((path, "/models/smollm2-135m"),)
    at = made.args.index("--model") + 1
    assert made.args[at] == "/models/smollm2-135m/q4/model-00001-of-00002.gguf"
    assert not list(llama_cpp.refusals(split))


def test_a_folder_without_a_first_file_is_refused() -> None:
    checkpoint = SETTINGS.model_copy(update={"model_files": ("config.json", "m.safetensors")})
    assert [key for key, _ in llama_cpp.refusals(checkpoint)] == ["model"]


def test_it_spreads_layers_by_itself() -> None:
    assert not list(llama_cpp.refusals(SETTINGS))
    split = SETTINGS.model_copy(update={"tensor_parallel": 2})
    assert [key for key, _ in llama_cpp.refusals(split)] == ["tensor_parallel"]


def test_clients_do_not_hang_when_it_is_stopped() -> None:
    patient = SETTINGS.model_copy(update={"stop_seconds": 600})
    assert llama_cpp.container(patient).stop_seconds < 10


def test_a_balancer_must_not_keep_its_connections() -> None:
    assert llama_cpp.UPSTREAM_KEEPALIVE is False
