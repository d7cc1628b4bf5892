from collections.abc import Callable
from typing import Any

import pytest

from roles.gpu_interconnect import choice, fitness, ladder
from roles.gpu_interconnect.evidence import Evidence

MakeEvidence = Callable[..., Evidence]
NO_KERNEL = "CUDA error: no kernel image is available for execution on the device"


def first(part: str, **values: object) -> Callable[[dict[str, Any]], object]:
    return lambda document: document[part][0].update(values)


def both(*spoils: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], object]:
    return lambda document: [spoil(document) for spoil in spoils]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (first("alone", error=NO_KERNEL), "probe_image does not run on every GPU here"),
        (first("pairs", error="CUDA out of memory. Tried"), "no room to work in"),
        (first("collectives", error="shm: No space left on device"), "no room to work in"),
    ],
)
def test_a_probe_that_could_not_work_blames_no_gpu(
    make_evidence: MakeEvidence, spoil: Callable[[dict[str, Any]], object], said: str
) -> None:
    found = make_evidence(spoil=spoil)
    judged = ladder.judge(found, given={})
    assert {one.verdict for one in judged.values()} == {"unproven"}
    assert said in judged["copy"].why
    assert ladder.unsafe(found) is None
    assert choice.of(found, judged=judged).environment == {}


@pytest.mark.parametrize(
    "worse",
    [
        first("pairs", wrong_bytes=3),
        first("concurrent", wrong_bytes=3),
        first("collectives", wrong=3),
        first("pairs", error="hung: no end within 60 s"),
    ],
)
def test_what_was_seen_to_be_wrong_stays_wrong(
    make_evidence: MakeEvidence, worse: Callable[[dict[str, Any]], object]
) -> None:
    found = make_evidence(3, spoil=both(lambda d: d["alone"][2].update(error=NO_KERNEL), worse))
    assert fitness.unfit(found) is None
    judged = ladder.judge(found, given={})
    assert choice.of(found, judged=judged).environment == {"NCCL_P2P_DISABLE": "1"}


def test_a_document_without_measurements_proves_nothing(make_evidence: MakeEvidence) -> None:
    assert "CUDA finds" in str(fitness.unfit(make_evidence(error="CUDA finds no device")))
    assert fitness.unfit(make_evidence(error="hung: no end within 60 s")) is None
    assert fitness.unfit(make_evidence(error="the probe did not end in its time")) is None
    assert fitness.unfit(make_evidence()) is None


def test_a_control_that_did_not_run_condemns_neither_peers_nor_gpus(
    make_evidence: MakeEvidence,
) -> None:
    def failing(document: dict[str, Any]) -> None:
        (control,) = (one for one in document["collectives"] if not one["p2p"])
        control["error"] = "rank 0: NCCL error: unhandled system error"

    found = make_evidence(spoil=failing)
    judged = ladder.judge(found, given={})
    assert judged["collective"].verdict == "unproven"
    assert "control without peer to peer did not run" in judged["collective"].why
    assert ladder.unsafe(found) is None
    assert "NCCL_P2P_DISABLE" not in choice.of(found, judged=judged).environment
