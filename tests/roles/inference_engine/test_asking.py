import pytest

from roles.inference_engine import asking
from roles.inference_engine.settings import InferenceEngineSettings

ENGINE = InferenceEngineSettings.model_validate(
    {
        "engine": "llama_cpp",
        "image": f"localhost/llama:b1@sha256:{'0' * 64}",
        "model": "small",
        "context_tokens": 2048,
        "parallel_requests": 4,
        "port": 8000,
    }
)


@pytest.mark.parametrize(
    ("address", "url"),
    [("10.0.0.1", "http://10.0.0.1:8000/v1"), ("fd00::1", "http://[fd00::1]:8000/v1")],
)
def test_an_engine_is_asked_where_it_listens(address: str, url: str) -> None:
    assert asking.base_url(ENGINE.model_copy(update={"address": address})) == url
