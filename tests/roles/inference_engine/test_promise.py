from roles.inference_engine import promise
from roles.inference_engine.settings import InferenceEngineSettings

SETTINGS = InferenceEngineSettings(
    engine="llama_cpp",
    image="ghcr.io/ggml-org/llama.cpp:server@sha256:" + "a" * 64,
    model="m",
    context_tokens=2048,
    address="10.0.0.1",
    model_path="/srv/m.gguf",
    model_revision="b" * 64,
    secret_environment={"TOKEN": "env:TOKEN"},
)


def test_the_unit_labels_the_container_with_its_digest() -> None:
    made = promise.of(SETTINGS, secrets={"TOKEN": "s3cret"})
    assert f"--label infra.digest={made.digest}" in made.unit


def test_a_secret_is_in_its_file_and_nowhere_else() -> None:
    made = promise.of(SETTINGS, secrets={"TOKEN": "s3cret"})
    assert made.env == "TOKEN=s3cret\n"
    assert "s3cret" not in made.unit
    assert "s3cret" not in repr(made)
    assert "--env-file /etc/infra/engine.env" in made.unit


def test_another_secret_or_another_model_is_another_container() -> None:
    one = promise.of(SETTINGS, secrets={"TOKEN": "s3cret"})
    other = promise.of(SETTINGS, secrets={"TOKEN": "other"})
    moved = SETTINGS.model_copy(update={"model_revision": "c" * 64})
    model = promise.of(moved, secrets={"TOKEN": "s3cret"})
    assert len({one.digest, other.digest, model.digest}) == 3
