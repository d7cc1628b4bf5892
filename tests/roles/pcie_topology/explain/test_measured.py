"""Rates between host and GPU are weighed by card and by what other GPUs give."""

from roles.gpu_driver import cards
from roles.pcie_topology.explain import measured
from roles.pcie_topology.explain.measured import Rate

A10 = cards.by_name("NVIDIA A10")


def test_a_link_of_half_the_lanes_gives_half() -> None:
    assert measured.pcie(4, width=8) == measured.pcie(4, width=16) / 2
    assert measured.pcie(0, width=16) == 0


def test_a_rate_is_told_as_the_links_that_give_it() -> None:
    assert "Gen3 x8" in measured.like(6.2)
    assert "Gen4 x16" in measured.like(26.3)
    assert measured.like(18.5) == ""


def test_nothing_is_expected_of_a_card_that_is_not_known() -> None:
    assert measured.full(None) == 0
    assert measured.full(cards.by_name("GB10")) == 0
    assert measured.full(A10) == measured.pcie(4, width=16)


def test_a_card_is_compared_with_its_own_model_alone() -> None:
    h100 = cards.by_name("NVIDIA H100 PCIe")
    mixed = [Rate(0, 26.0, card=A10), Rate(1, 55.0, card=h100)]
    assert measured.lanes(mixed) == ("ok", ())
    same = [Rate(0, 41.7, card=h100), Rate(1, 57.0, card=h100)]
    assert measured.lanes(same)[0] == "degraded"


def test_a_rate_a_little_low_is_a_warning() -> None:
    lanes, (finding,) = measured.lanes([Rate(0, 21.0, card=A10)])
    assert (lanes, finding.severity) == ("ok", "warning")


def test_no_rate_is_no_verdict() -> None:
    assert measured.lanes([]) == ("n/a", ())
    assert measured.worst([]) == ("n/a", ())
