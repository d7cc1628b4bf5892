import pytest

from roles.inference_engine import asking
from roles.inference_engine.settings import InferenceEngineSettings


@pytest.mark.parametrize(
    ("address", "url"),
    [("10.0.0.1", "http://10.0.0.1:8000/v1"), ("fd00::1", "http://[fd00::1]:8000/v1")],
)
def test_an_engine_is_asked_where_it_listens(
    settings: InferenceEngineSettings, address: str, url: str
) -> None:
    told = settings.model_copy(update={"address": address, "port": 8000})
    assert asking.base_url(told) == url
