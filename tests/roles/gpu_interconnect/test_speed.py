from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from roles.gpu_interconnect import speed
from roles.gpu_interconnect.evidence import Evidence
from roles.pcie_topology.tree import Link

MakeEvidence = Callable[..., Evidence]
X8 = Link(speed=2.5, width=8, max_speed=16.0, max_width=8)


def every(**values: object) -> Callable[[dict[str, Any]], object]:
    def spoil(document: dict[str, Any]) -> None:
        for one in document["pairs"]:
            one.update(values)

    return spoil


def of(joined: Callable[[int, int], bool], rate: float) -> Callable[[dict[str, Any]], object]:
    def spoil(document: dict[str, Any]) -> None:
        for one in document["pairs"]:
            if joined(one["from"], one["to"]):
                one["gb_per_s"] = rate

    return spoil


def with_lanes(evidence: Evidence, *, gpu: int, link: Link) -> Evidence:
    tree = evidence.state.tree
    gpus = list(tree.gpus)
    gpus[gpu] = replace(gpus[gpu], function=replace(gpus[gpu].function, link=link))
    state = replace(evidence.state, tree=replace(tree, gpus=tuple(gpus)))
    return replace(evidence, state=state)


@pytest.mark.parametrize(
    ("rate", "verdict", "is_watched"),
    [
        (74.0, "failed", False),
        (75.0, "proven", True),
        (89.0, "proven", True),
        (90.0, "proven", False),
    ],
)
def test_three_quarters_of_the_rate_suffice_and_nine_tenths_need_no_word(
    make_evidence: MakeEvidence, rate: float, verdict: str, is_watched: bool
) -> None:
    found = speed.judge(make_evidence(rate=rate), given={"PHB": 100.0})
    assert found.verdict == verdict
    assert ("watch it" in found.why) is is_watched


@pytest.mark.parametrize(
    ("latency", "staged", "verdict"),
    [(9.9, 12.0, "proven"), (10.0, 12.0, "failed"), (14.0, 30.0, "proven"), (15.0, 30.0, "failed")],
)
def test_late_is_ten_microseconds_and_half_of_what_the_hosts_memory_takes(
    make_evidence: MakeEvidence, latency: float, staged: float, verdict: str
) -> None:
    found = make_evidence(spoil=every(latency_us=latency, staged_latency_us=staged))
    assert speed.judge(found, given={}).verdict == verdict


def test_pairs_of_different_links_are_not_compared(make_evidence: MakeEvidence) -> None:
    kinds = {(0, 1): "NV4", (0, 2): "SYS", (1, 2): "SYS"}
    spoil = of(lambda one, other: one + other == 1, 51.0)
    found = make_evidence(3, name="NVIDIA RTX A6000", kinds=kinds, spoil=spoil)
    assert speed.judge(found, given={}).verdict == "proven"


def test_pairs_of_different_lanes_are_not_compared(make_evidence: MakeEvidence) -> None:
    alike = make_evidence(3, spoil=of(lambda one, other: 2 in (one, other), 13.0))
    assert speed.judge(alike, given={}).verdict == "failed"
    assert speed.judge(with_lanes(alike, gpu=2, link=X8), given={}).verdict == "proven"


def test_what_the_inventory_expects_of_a_link_is_what_it_is_judged_by(
    make_evidence: MakeEvidence,
) -> None:
    found = speed.judge(make_evidence(), given={"PHB": 50.0, "SYS": 1.0})
    assert found.verdict == "failed"
    assert found.why.startswith("GPU0 to GPU1: 26 GB/s, PHB as the inventory has it gives 50")


def test_a_pair_that_is_not_granted_is_not_judged(make_evidence: MakeEvidence) -> None:
    statuses = {(0, 1): "OK", (0, 2): "TNS", (1, 2): "TNS"}
    spoil = of(lambda one, other: 2 in (one, other), 1.0)
    assert speed.judge(make_evidence(3, grants=statuses, spoil=spoil), given={}).why == (
        "GPU0 to GPU1 is the slowest: 26 GB/s, 1.3 us"
    )


def test_a_fault_outweighs_what_was_not_measured(make_evidence: MakeEvidence) -> None:
    def spoil(document: dict[str, Any]) -> None:
        document["pairs"].pop()
        document["pairs"][0]["gb_per_s"] = 3.0

    assert speed.judge(make_evidence(spoil=spoil), given={}).verdict == "failed"


def test_the_slowest_way_is_named(make_evidence: MakeEvidence) -> None:
    found = speed.judge(make_evidence(spoil=of(lambda one, other: one == 1, 25.0)), given={})
    assert found.why == "GPU1 to GPU0 is the slowest: 25 GB/s, 1.3 us"
