"""Scales of time."""

import pytest

from infra.page_scale import moments, rounded


@pytest.mark.parametrize("seconds", [0.4, 7, 61, 161, 3599, 3601, 30000, 110000])
def test_a_scale_is_short_and_begins_at_nothing(seconds: float) -> None:
    found = list(moments(seconds, most=4))
    assert 1 <= len(found) <= 4
    assert found[0] == 0
    assert found[-1] <= seconds


def test_round_times_are_said_shortly() -> None:
    assert [rounded(one) for one in (0, 30, 60, 90, 3600)] == [
        "0 s",
        "30 s",
        "1 min",
        "1 min 30 s",
        "1 h",
    ]
