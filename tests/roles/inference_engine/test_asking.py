import pytest

from roles.inference_engine import asking
from roles.inference_engine.settings import InferenceEngineSettings

IMAGE = f"ghcr.io/ggml-org/llama.cpp:server-cuda@sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("10.0.0.11", "http://10.0.0.11:8001/v1"),
        ("fd00::11", "http://[fd00::11]:8001/v1"),
        (None, "http://127.0.0.1:8001/v1"),
    ],
)
def test_an_engine_is_asked_at_its_own_address_and_port(address: str | None, url: str) -> None:
    settings = InferenceEngineSettings(
        engine="llama_cpp", image=IMAGE, model="m", context_tokens=512, address=address, port=8001
    )
    assert asking.base_url(settings) == url
