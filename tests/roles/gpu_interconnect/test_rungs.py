from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from roles.gpu_interconnect import rungs
from roles.gpu_interconnect.evidence import Evidence
from roles.gpu_interconnect.grants import Grants
from roles.gpu_interconnect.links import Links

MakeEvidence = Callable[..., Evidence]


def every(part: str, **values: object) -> Callable[[dict[str, Any]], object]:
    def spoil(document: dict[str, Any]) -> None:
        for one in document[part]:
            one.update(values)

    return spoil


def test_gpus_that_the_probe_cannot_tell_by_uuid_are_taken_as_the_hosts(
    make_evidence: MakeEvidence,
) -> None:
    assert rungs.stranger(make_evidence(spoil=every("gpus", uuid=""))) is None


def test_gpus_in_another_order_are_strangers(make_evidence: MakeEvidence) -> None:
    swapped = make_evidence(spoil=lambda document: document["gpus"].reverse())
    assert rungs.stranger(swapped) is not None


def test_a_driver_that_told_nothing_grants_nothing_and_refuses_nothing(
    make_evidence: MakeEvidence,
) -> None:
    silent = replace(make_evidence(), grants=Grants(), links=Links())
    assert rungs.grant(silent).verdict == "unproven"
    assert rungs.grant(silent).why == "nvidia-smi topo -p2p told of no pair"
    assert rungs.link(silent).verdict == "unproven"
    assert rungs.link(silent).why == "nvidia-smi topo -m told of no pair"


def test_each_link_is_told_by_its_pair(make_evidence: MakeEvidence) -> None:
    kinds = {(0, 1): "PIX", (0, 2): "SYS", (1, 2): "NODE"}
    found = rungs.link(make_evidence(3, kinds=kinds))
    assert found.why == "GPU0-GPU1: PIX; GPU0-GPU2: SYS; GPU1-GPU2: NODE"


def test_a_fault_outweighs_that_no_pair_is_granted(make_evidence: MakeEvidence) -> None:
    refusing = {(0, 1): "GNS"}
    copied = make_evidence(grants=refusing, spoil=every("alone", wrong_bytes=3))
    written = make_evidence(grants=refusing, spoil=every("concurrent", wrong_bytes=3))
    assert rungs.copy(copied).verdict == "failed"
    assert rungs.concurrent(written).verdict == "failed"


def test_writes_of_no_bytes_or_to_fewer_prove_nothing(make_evidence: MakeEvidence) -> None:
    empty = rungs.concurrent(make_evidence(spoil=every("concurrent", bytes=0)))
    assert empty.why == "not measured: GPU0 to GPU1; GPU1 to GPU0"
    fewer = rungs.concurrent(make_evidence(3, spoil=every("concurrent", to=[2])))
    assert fewer.verdict == "unproven"
    assert "GPU0 to GPU1" in fewer.why and "GPU0 to GPU2" not in fewer.why


@pytest.mark.parametrize("values", [{"gpus": [0, 1]}, {"elements": 0}, {"p2p": True}])
def test_only_all_gpus_that_computed_with_and_without_prove_collectives(
    make_evidence: MakeEvidence, values: dict[str, object]
) -> None:
    assert rungs.collective(make_evidence(3)).verdict == "proven"
    found = rungs.collective(make_evidence(3, spoil=every("collectives", **values)))
    assert found.verdict == "unproven"


def test_a_control_of_other_gpus_tells_nothing_of_a_wrong_sum(make_evidence: MakeEvidence) -> None:
    def spoil(document: dict[str, Any]) -> None:
        document["collectives"][0].update(gpus=[0, 1], wrong=9)

    found = rungs.collective(make_evidence(3, spoil=spoil))
    assert found.why == "all_reduce of GPU0, GPU1 with peer to peer: 9 wrong elements"


def test_only_what_goes_by_the_hosts_memory_leaves_no_way_out(make_evidence: MakeEvidence) -> None:
    assert rungs.unsafe(make_evidence(spoil=every("pairs", wrong_bytes=3))) is None
    wrong = make_evidence(spoil=every("alone", error="CUDA error"))
    assert (rungs.unsafe(wrong) or "").startswith("GPU0 and the host's memory: CUDA error")
