from typing import Any

import pytest
from pydantic import ValidationError

from roles.inference_engine.settings import InferenceEngineSettings

GIVEN = {
    "engine": "llama_cpp",
    "image": "ghcr.io/ggml-org/llama.cpp:server@sha256:" + "a" * 64,
    "model": "smollm2-135m",
    "context_tokens": 2048,
}


def settings(**changes: object) -> InferenceEngineSettings:
    return InferenceEngineSettings.model_validate({**GIVEN, **changes})


def test_clients_ask_by_the_models_name_unless_told_otherwise() -> None:
    assert settings().name_for_clients == "smollm2-135m"
    assert settings(served_name="assistant").name_for_clients == "assistant"


def test_gpus_are_all_or_indices() -> None:
    assert settings().gpus == "all"
    assert settings(gpus=[0, 2]).gpus == (0, 2)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"engine": "llama"}, 'no engine "llama"; there are llama_cpp, vllm'),
        ({"image": "llama.cpp:server"}, "no digest"),
        ({"gpus": []}, "names no GPU"),
        ({"gpus": [1, 1]}, "one twice"),
        ({"environment": {"A B": "x"}}, "no variable"),
        ({"environment": {"A": "x\ny"}}, "one line"),
        ({"secret_environment": {"HF_TOKEN": "hf_abc"}}, "by reference"),
        ({"served_name": 'x" y'}, "pattern"),
        ({"port": 80}, "1024"),
    ],
)
def test_what_cannot_be_meant_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        settings(**change)
