"""Where things stand in the picture of a drill."""

from typing import Any

import pytest

from infra.page_ledger import read
from infra.page_timeline import NARROW, WIDE, picture


def record(**more: object) -> dict[str, Any]:
    stages = [
        {"stage": "drain", "started": 0.0, "seconds": 10.0},
        {"stage": "gpu_driver", "started": 10.0, "seconds": 30.0},
    ]
    return {"result": "ok", "seconds": 40.0, "budget_seconds": 80.0, "stages": stages, **more}


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_stages_follow_each_other_to_the_end(width: int) -> None:
    found = picture(read(record()), width=width)
    first, second = found.stages
    assert first.x == found.left
    assert first.x + first.width == pytest.approx(second.x, abs=0.2)
    assert second.x + second.width == pytest.approx(found.right, abs=0.2)
    assert second.width == pytest.approx(3 * first.width, abs=0.3)


def test_the_budget_stands_where_its_time_is() -> None:
    found = picture(read(record()))
    assert found.budget == found.right
    assert found.totals[0].width == pytest.approx((found.right - found.left) / 2, abs=0.1)


def test_a_drill_over_its_budget_goes_past_the_line() -> None:
    found = picture(read(record(result="over_budget", budget_seconds=10.0)))
    assert found.totals[0].x + found.totals[0].width > found.budget
    assert found.totals[0].kind == "failed"


def test_an_estimate_is_a_line_of_its_own() -> None:
    found = picture(read(record(estimate_seconds=600.0)))
    assert [one.kind for one in found.totals] == ["measured", "estimated"]
    assert found.totals[1].x + found.totals[1].width == pytest.approx(found.right, abs=0.1)


def test_the_shortest_stage_can_be_seen_and_stays_inside() -> None:
    stages = [{"stage": "wipe", "started": 40.0, "seconds": 0.0}]
    (bar,) = picture(read(record(stages=stages))).stages
    assert bar.width >= 2
    assert bar.x + bar.width <= WIDE


def test_a_record_of_nothing_is_a_picture() -> None:
    found = picture(read({}))
    assert found.stages == ()
    assert found.height > 0
