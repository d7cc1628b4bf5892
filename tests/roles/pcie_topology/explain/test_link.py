import pytest

from roles.gpu_driver.cards import Card
from roles.pcie_topology.explain.judgement import Lanes
from roles.pcie_topology.explain.link import Link, judged, worst

WIDE = Card("L40S", "Ada", "8.9", 4, 16, narrow=8)
BY_DESIGN = Card("A10G", "Ampere", "8.6", 4, 16, narrow=8)
SMALL = Card("RTX 4060 Ti", "Ada", "8.9", 4, 8)
SUPERCHIP = Card("GB10", "Blackwell", "12.1", 0, 0, c2c=True)


def lanes(**told: object) -> Lanes:
    whole: dict[str, object] = {"width": 16, "width_max": 16, "gen": 4, "gen_max": 4}
    return judged(Link("GPU", **{**whole, **told}))[0]  # type: ignore[arg-type]


def test_a_full_link_is_ok_even_at_idle() -> None:
    assert lanes(working=False) == "ok"


@pytest.mark.parametrize("working", [True, False, None])
def test_a_narrow_link_is_degraded_at_any_time(working: bool | None) -> None:
    assert lanes(width=8, working=working) == "degraded"


@pytest.mark.parametrize(
    ("working", "verdict"), [(True, "degraded"), (False, "inconclusive"), (None, "inconclusive")]
)
def test_a_slow_link_is_judged_under_load_alone(working: bool | None, verdict: Lanes) -> None:
    assert lanes(gen=1, working=working) == verdict


def test_a_slow_slot_is_told_and_not_degraded() -> None:
    verdict, findings = judged(Link("GPU", None, 16, 16, 3, 3, gen_card=4, working=True))
    assert verdict == "ok"
    assert [finding.severity for finding in findings] == ["warning"]


def test_a_slot_narrower_than_its_card_is_degraded() -> None:
    assert lanes(card=WIDE, width=4, width_max=4) == "degraded"


def test_a_card_that_is_narrow_itself_is_ok() -> None:
    assert lanes(card=SMALL, width=8) == "ok"
    assert lanes(card=SMALL, width=4) == "degraded"


def test_narrow_by_design_is_ok_where_the_cloud_says_so() -> None:
    assert lanes(card=BY_DESIGN, width=8) == "ok"
    assert lanes(card=WIDE, width=8, width_max=8) == "ok"


def test_narrow_by_design_is_a_fault_where_the_slot_has_more() -> None:
    assert lanes(card=WIDE, width=8) == "degraded"
    assert lanes(card=BY_DESIGN, width=4) == "degraded"
    assert lanes(card=BY_DESIGN, width=8, widest=16) == "degraded"


def test_a_chip_to_chip_card_is_never_a_fault() -> None:
    assert lanes(card=SUPERCHIP, width=1, gen=1) == "n/a"
    assert lanes(width=1, gen=1, gen_max=1, gen_card=1) == "n/a"


def test_one_lane_at_gen1_without_a_name_is_unknown() -> None:
    assert lanes(width=1, gen=1, gen_max=1) == "unknown"


@pytest.mark.parametrize("width", [None, 0, 63, 255])
def test_a_width_that_is_not_told_is_unknown(width: int | None) -> None:
    assert lanes(width=width) == "unknown"


def test_a_width_without_an_expectation_is_unknown() -> None:
    assert lanes(width=16, width_max=None) == "unknown"


def test_a_link_above_its_maximum_is_unknown() -> None:
    assert lanes(width=16, width_max=8) == "unknown"
    assert lanes(gen=5) == "unknown"


def test_a_speed_that_is_not_told_is_inconclusive() -> None:
    assert lanes(gen=None) == "inconclusive"


def test_the_worst_verdict_stands() -> None:
    assert worst(["ok", "inconclusive", "unknown", "degraded"]) == "degraded"
    assert worst(["ok", "inconclusive"]) == "inconclusive"
    assert worst(["n/a", "ok"]) == "ok"
    assert worst([]) == "n/a"
