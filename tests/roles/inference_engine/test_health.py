import pytest

from roles.inference_engine import engines


@pytest.mark.parametrize("name", engines.names())
def test_every_engine_tells_how_it_is_seen_to_live(name: str) -> None:
    health = engines.load(name).HEALTH
    assert health.running and health.progress
    assert not set(health.running) & set(health.progress)
    assert health.metrics_path == "/metrics"
