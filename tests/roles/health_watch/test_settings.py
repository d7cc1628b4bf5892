import pytest
from pydantic import ValidationError

from roles.health_watch.settings import HealthWatchSettings


@pytest.mark.parametrize("name", ["silence_seconds", "stall_seconds", "cut_seconds"])
def test_a_limit_that_would_throw_out_everybody_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        HealthWatchSettings.model_validate({name: 0})


def test_a_hung_engine_is_noticed_long_before_its_longest_step_is_over() -> None:
    settings = HealthWatchSettings()
    assert settings.silence_seconds < settings.token_seconds < settings.stall_seconds
