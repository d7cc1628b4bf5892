import pytest

from roles.inference_engine import engines
from roles.inference_engine.container import Container
from roles.inference_engine.settings import InferenceEngineSettings


def test_engines_are_the_files_of_the_folder() -> None:
    assert engines.names() == ("llama_cpp", "vllm")


@pytest.mark.parametrize("name", engines.names())
def test_every_engine_makes_a_container_for_the_same_settings(name: str) -> None:
    settings = InferenceEngineSettings(
        engine=name,
        image="x/y:z@sha256:" + "a" * 64,
        model="m",
        context_tokens=2048,
        address="10.0.0.1",
        port=8123,
        model_path="/srv/m",
        model_files=("config.json", "m-00001-of-00002.gguf"),
    )
    made = engines.load(name).container(settings)
    assert isinstance(made, Container)
    assert made.args[made.args.index("--port") + 1] == "8123"
    assert made.publish == ("10.0.0.1", 8123)
    assert "m" in made.args
    assert made.mounts == (("/srv/m", "/models/m"),)
    assert not list(engines.load(name).refusals(settings))
