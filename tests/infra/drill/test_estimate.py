"""Estimates for real hardware, apart from what was measured."""

import pytest

from infra.drill import estimate
from infra.drill.plan import Sizes
from infra.drill.record import Stage

SIZES = Sizes(
    link_gbit_per_s=1.0, post_seconds=180, install_seconds=600, download_gb={"gpu_driver": 0.4}
)
STAGES = (
    Stage("drain", 0.0, 3.0),
    Stage("install", 4.0, 0.0),
    Stage("gpu_driver", 5.0, 20.0, "role", received=10, fetching=9.0, rebooting=6.0, reboots=1),
    Stage("model_cache", 25.0, 2.0, "role", received=40_000_000_000, fetching=1.0),
)


def by_name(stages: tuple[Stage, ...]) -> dict[str, Stage]:
    return {one.stage: one for one in stages}


def test_parts_are_sums_over_the_roles_and_have_no_place_in_time() -> None:
    found = by_name(estimate.with_parts(STAGES))
    assert (found["downloads"].seconds, found["downloads"].started) == (10.0, None)
    assert (found["reboots"].seconds, found["reboots"].note) == (6.0, "once")


def test_40_gb_take_six_minutes_over_a_gigabit() -> None:
    assert estimate.download_seconds(STAGES[3], sizes=SIZES) == pytest.approx(355.6, abs=0.1)


def test_what_a_role_fetches_on_real_nodes_counts_instead_of_what_it_received() -> None:
    assert estimate.download_seconds(STAGES[2], sizes=SIZES) == pytest.approx(3.56, abs=0.01)


def test_a_role_takes_its_time_its_downloads_and_its_boots() -> None:
    found = by_name(estimate.estimated(estimate.with_parts(STAGES), sizes=SIZES))
    assert found["gpu_driver"].estimate == pytest.approx(20 + 3.56 + 180, abs=0.01)
    assert found["install"].estimate == 780
    assert found["drain"].estimate == 3.0
    assert found["reboots"].estimate == 180


def test_assumptions_are_told() -> None:
    told = " ".join(estimate.assumptions(STAGES, sizes=SIZES))
    assert "1 Gbit/s" in told
    assert "gpu_driver 0.4 GB, model_cache 40.0 GB as received" in told
