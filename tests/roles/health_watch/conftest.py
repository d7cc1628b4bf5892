from typing import Any

import pytest

from roles.health_watch.settings import HealthWatchSettings, Member, Standing


@pytest.fixture
def settings() -> HealthWatchSettings:
    """Two engines, of which one's node tells where it stands."""
    given: dict[str, Any] = {
        "port": 8000,
        "model": "small",
        "health_path": "/health",
        "question_path": "/v1/completions",
        "metrics_path": "/metrics",
        "running": ("running",),
        "progress": ("steps",),
    }
    first = Member(
        node="gpu-1",
        address="10.0.0.11",
        standing=Standing(address="10.0.0.11", port=8098),
        **given,
    )
    second = Member(node="gpu-2", address="10.0.0.12", **given)
    return HealthWatchSettings(members=(first, second))
