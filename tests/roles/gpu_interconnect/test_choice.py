from collections.abc import Callable
from typing import Any

import pytest

from roles.gpu_interconnect import choice, ladder
from roles.gpu_interconnect.choice import Choice
from roles.gpu_interconnect.evidence import Evidence

MakeEvidence = Callable[..., Evidence]
A100 = "NVIDIA A100-SXM4-80GB"
V100 = "Tesla V100-PCIE-16GB"


def chosen(evidence: Evidence) -> Choice:
    return choice.of(evidence, judged=ladder.judge(evidence, given={}))


def first(part: str, **values: object) -> Callable[[dict[str, Any]], object]:
    return lambda document: document[part][0].update(values)


def test_a_full_mesh_of_nvlink_needs_no_setting(make_evidence: MakeEvidence) -> None:
    found = chosen(make_evidence(8, name=A100, kind="NV12", rate=275.0))
    assert (found.environment, found.disable_custom_all_reduce) == ({}, False)
    assert found.groups == (tuple(range(8)),)
    assert found.evidence == "peer to peer over NV12 is proven by data, between all GPUs"


def test_pairs_of_nvlink_keep_to_themselves(make_evidence: MakeEvidence) -> None:
    kinds = {(a, b): "NV4" if (a, b) in ((0, 1), (2, 3)) else "SYS" for a, b in _pairs(4)}
    found = chosen(
        make_evidence(
            4,
            name="NVIDIA GeForce RTX 3090",
            rate=51.0,
            kinds=kinds,
            grants={pair: "OK" if kind == "NV4" else "CNS" for pair, kind in kinds.items()},
            spoil=_denied_across,
        )
    )
    assert found.environment == {"NCCL_P2P_LEVEL": "NVL"}
    assert found.groups == ((0, 1), (2, 3), (0, 1, 2, 3))
    assert not found.disable_custom_all_reduce


def _denied_across(document: dict[str, Any]) -> None:
    for pair in document["pairs"]:
        pair["peer_access"] = pair["from"] // 2 == pair["to"] // 2


def _pairs(count: int) -> list[tuple[int, int]]:
    return [(a, b) for a in range(count) for b in range(a + 1, count)]


@pytest.mark.parametrize(
    ("kind", "level"),
    [("PIX", "PXB"), ("PXB", "PXB"), ("PHB", "PHB"), ("NODE", "PHB"), ("SYS", "SYS")],
)
def test_pcie_is_used_as_far_as_it_is_proven_and_not_by_other_kernels(
    make_evidence: MakeEvidence, kind: str, level: str
) -> None:
    found = chosen(make_evidence(kind=kind))
    assert found.environment == {"NCCL_P2P_LEVEL": level}
    assert found.disable_custom_all_reduce
    assert found.groups == ((0, 1),)


@pytest.mark.parametrize(
    ("spoil", "rung"),
    [
        (first("pairs", wrong_bytes=1), "copy"),
        (first("collectives", wrong=1), "collective"),
        (first("concurrent", error="hung"), "concurrent"),
    ],
)
def test_garbage_turns_peer_to_peer_off(
    make_evidence: MakeEvidence, spoil: Callable[[dict[str, Any]], object], rung: str
) -> None:
    found = chosen(make_evidence(spoil=spoil))
    assert found.environment == {"NCCL_P2P_DISABLE": "1"}
    assert found.disable_custom_all_reduce
    assert found.evidence == f"peer to peer failed: {rung}"


def test_peer_to_peer_that_is_slower_than_the_way_by_the_host_is_off(
    make_evidence: MakeEvidence,
) -> None:
    found = chosen(make_evidence(spoil=first("pairs", gb_per_s=5.0)))
    assert found.environment == {"NCCL_P2P_DISABLE": "1"}
    slow_yet_faster = chosen(make_evidence(spoil=first("pairs", gb_per_s=16.0)))
    assert slow_yet_faster.environment == {}
    assert slow_yet_faster.evidence == "peer to peer is not proven: speed"


def test_a_refusal_needs_nothing(make_evidence: MakeEvidence) -> None:
    found = chosen(make_evidence(grants={(0, 1): "GNS"}))
    assert (found.environment, found.disable_custom_all_reduce) == ({}, False)


def test_what_is_unproven_is_not_used(make_evidence: MakeEvidence) -> None:
    found = chosen(make_evidence(damage=["GPU1: no row"]))
    assert (found.environment, found.disable_custom_all_reduce) == ({}, True)


def test_simulated_hardware_is_labelled(make_evidence: MakeEvidence) -> None:
    found = make_evidence(spoil=lambda document: document.update(simulated=True))
    assert chosen(found).evidence.endswith("(simulated hardware)")


def test_the_choice_does_not_change_with_figures_alone(make_evidence: MakeEvidence) -> None:
    assert chosen(make_evidence(rate=26.0)).text == chosen(make_evidence(rate=25.1)).text


def test_its_file_is_read_back(make_evidence: MakeEvidence) -> None:
    found = chosen(make_evidence())
    assert choice.parse(found.text) == found
    assert choice.parse("") is None
