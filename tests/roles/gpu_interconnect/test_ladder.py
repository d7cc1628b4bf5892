from collections.abc import Callable
from typing import Any

import pytest

from roles.gpu_interconnect import ladder
from roles.gpu_interconnect.evidence import Evidence

MakeEvidence = Callable[..., Evidence]
UPPER = ("copy", "speed", "collective", "concurrent")


def verdicts(evidence: Evidence) -> dict[str, str]:
    return {rung: one.verdict for rung, one in ladder.judge(evidence, given={}).items()}


def first(part: str, **values: object) -> Callable[[dict[str, Any]], object]:
    return lambda document: document[part][0].update(values)


@pytest.mark.parametrize(
    ("count", "name", "kind", "rate"),
    [
        (2, "NVIDIA RTX 6000 Ada Generation", "SYS", 26.3),
        (2, "NVIDIA GeForce RTX 3090", "NV4", 51.0),
        (8, "NVIDIA A100-SXM4-80GB", "NV12", 275.0),
        (8, "NVIDIA A800-SXM4-80GB", "NV8", 180.0),
        (8, "NVIDIA H100 80GB HBM3", "NV18", 376.0),
        (4, "NVIDIA A100-SXM4-40GB", "NV4", 90.0),
    ],
)
def test_healthy_hosts_are_proven_on_every_rung(
    make_evidence: MakeEvidence, count: int, name: str, kind: str, rate: float
) -> None:
    found = verdicts(make_evidence(count, name=name, kind=kind, rate=rate))
    assert set(found) == set(ladder.RUNGS)
    assert set(found.values()) == {"proven"}


def test_a_refusal_by_the_driver_is_no_fault_and_no_proof(make_evidence: MakeEvidence) -> None:
    found = make_evidence(grants={(0, 1): "GNS"}, spoil=first("pairs", peer_access=False))
    assert verdicts(found) == {
        "grant": "refused",
        "link": "proven",
        "copy": "refused",
        "speed": "refused",
        "collective": "proven",
        "concurrent": "refused",
    }


def test_a_refusal_of_what_nvlink_joins_is_a_fault(make_evidence: MakeEvidence) -> None:
    found = make_evidence(
        name="NVIDIA GeForce RTX 3090", kind="NV4", rate=51.0, grants={(0, 1): "NS"}
    )
    judged = ladder.judge(found, given={})
    assert judged["grant"].verdict == "failed"
    assert "NVLink joins GPU0-GPU1" in judged["grant"].why


def test_a_grant_that_cuda_denies_fails(make_evidence: MakeEvidence) -> None:
    judged = ladder.judge(make_evidence(spoil=first("pairs", peer_access=False)), given={})
    assert judged["grant"].verdict == "failed"
    assert "GPU0 to GPU1" in judged["grant"].why
    assert judged["copy"].verdict == "unproven"


def test_a_grant_to_some_is_proven_for_those(make_evidence: MakeEvidence) -> None:
    statuses = {(a, b): "OK" if b == a + 1 and a % 2 == 0 else "TNS" for a, b in _pairs(4)}

    def denied(document: dict[str, Any]) -> None:
        for pair in document["pairs"]:
            pair["peer_access"] = pair["from"] // 2 == pair["to"] // 2

    judged = ladder.judge(make_evidence(4, grants=statuses, spoil=denied), given={})
    assert judged["grant"].verdict == "proven"
    assert "refused to others: TNS" in judged["grant"].why
    assert judged["copy"].why == "every copy of 4 arrived whole"


def _pairs(count: int) -> list[tuple[int, int]]:
    return [(a, b) for a in range(count) for b in range(a + 1, count)]


def test_a_cut_matrix_leaves_all_unproven(make_evidence: MakeEvidence) -> None:
    found = verdicts(make_evidence(damage=["GPU1: no row"]))
    assert set(found.values()) == {"unproven"}


def test_a_badly_seated_bridge_is_named(make_evidence: MakeEvidence) -> None:
    judged = ladder.judge(
        make_evidence(name="NVIDIA GeForce RTX 3090", kind="NV3", rate=40.0), given={}
    )
    assert judged["link"].verdict == "failed"
    assert "NV3" in judged["link"].why and "NV4" in judged["link"].why
    assert judged["copy"].verdict == "proven"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (first("pairs", wrong_bytes=7), "GPU0 to GPU1: wrong bytes arrived (7 of 1024 a copy)"),
        (first("pairs", error="hung: no end within 60 s"), "GPU0 to GPU1: hung"),
        (first("alone", wrong_bytes=3), "GPU0 and the host's memory: 3 wrong bytes"),
        (first("alone", error="CUDA error"), "GPU0 and the host's memory: CUDA error"),
    ],
)
def test_copies_that_do_not_arrive_veto_what_rests_on_them(
    make_evidence: MakeEvidence, spoil: Callable[[dict[str, Any]], object], said: str
) -> None:
    judged = ladder.judge(make_evidence(spoil=spoil), given={})
    assert judged["copy"].verdict == "failed"
    assert said in judged["copy"].why
    assert {judged[rung].verdict for rung in UPPER[1:]} == {"unproven"}


@pytest.mark.parametrize("part", ["pairs", "concurrent", "collectives"])
def test_what_was_not_measured_is_unproven(make_evidence: MakeEvidence, part: str) -> None:
    rung = {"pairs": "copy", "concurrent": "concurrent", "collectives": "collective"}[part]
    found = make_evidence(spoil=lambda document: document[part].pop())
    assert verdicts(found)[rung] == "unproven"


def test_a_copy_of_no_bytes_proves_nothing(make_evidence: MakeEvidence) -> None:
    assert verdicts(make_evidence(spoil=first("pairs", bytes=0)))["copy"] == "unproven"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"gb_per_s": 6.6}, "6.6 GB/s, PHB at Gen4 x16 gives 25.9"),
        ({"latency_us": 13.8}, "not peer to peer, whatever the driver grants"),
    ],
)
def test_a_slow_or_late_pair_fails(
    make_evidence: MakeEvidence, values: dict[str, float], said: str
) -> None:
    judged = ladder.judge(make_evidence(spoil=first("pairs", **values)), given={})
    assert judged["speed"].verdict == "failed"
    assert said in judged["speed"].why
    assert judged["copy"].verdict == "proven"


def test_a_pair_unlike_the_others_fails_though_nothing_tells_what_is_right(
    make_evidence: MakeEvidence,
) -> None:
    found = make_evidence(
        4,
        kind="NV18",
        name="NVIDIA GeForce RTX 4090",
        rate=100.0,
        spoil=first("pairs", gb_per_s=50.0),
    )
    judged = ladder.judge(found, given={})
    assert "50 GB/s where others of its kind have 100" in judged["speed"].why
    assert ladder.judge(found, given={"NV18": 40.0})["speed"].verdict == "proven"


def test_a_link_of_which_nothing_tells_the_rate_is_unproven(make_evidence: MakeEvidence) -> None:
    found = make_evidence(kind="NV4", name="NVIDIA GeForce RTX 4090")
    judged = ladder.judge(found, given={})
    assert judged["speed"].verdict == "unproven"
    assert "expected_gb_per_s" in judged["speed"].why
    assert ladder.judge(found, given={"NV4": 26.0})["speed"].verdict == "proven"


def test_a_rate_that_was_not_measured_is_unproven(make_evidence: MakeEvidence) -> None:
    judged = ladder.judge(make_evidence(spoil=first("pairs", gb_per_s=0)), given={})
    assert judged["speed"].why == "GPU0 to GPU1: not measured"
    gone = ladder.judge(make_evidence(spoil=lambda found: found["pairs"].pop()), given={})
    assert gone["speed"].verdict == "unproven"


def test_a_rate_somewhat_low_is_proven_with_a_word(make_evidence: MakeEvidence) -> None:
    judged = ladder.judge(make_evidence(rate=21.0), given={})
    assert judged["speed"].verdict == "proven"
    assert "watch it" in judged["speed"].why


def test_an_odd_latency_is_proven_with_a_word(make_evidence: MakeEvidence) -> None:
    judged = ladder.judge(make_evidence(spoil=first("pairs", latency_us=7.0)), given={})
    assert judged["speed"].verdict == "proven"
    assert "usual is about 1" in judged["speed"].why
    unmeasured = ladder.judge(make_evidence(spoil=first("pairs", latency_us=0)), given={})
    assert unmeasured["speed"].verdict == "proven"


def test_a_wrong_sum_with_peer_to_peer_alone_is_told_so(make_evidence: MakeEvidence) -> None:
    found = make_evidence(spoil=first("collectives", wrong=9))
    judged = ladder.judge(found, given={})
    assert judged["collective"].why == (
        "all_reduce of GPU0, GPU1 with peer to peer: 9 wrong elements, right without it"
    )
    assert ladder.unsafe(found) is None


def test_a_sum_that_is_wrong_without_peer_to_peer_has_no_way_out(
    make_evidence: MakeEvidence,
) -> None:
    def always(document: dict[str, Any]) -> None:
        for one in document["collectives"]:
            one["wrong"] = 9

    found = make_evidence(spoil=always)
    judged = ladder.judge(found, given={})
    assert "right without it" not in judged["collective"].why
    assert "without peer to peer: 9 wrong elements" in judged["collective"].why
    assert "without peer to peer" in (ladder.unsafe(found) or "")


def test_writes_that_do_not_all_arrive_fail(make_evidence: MakeEvidence) -> None:
    judged = ladder.judge(make_evidence(spoil=first("concurrent", wrong_bytes=5)), given={})
    assert judged["concurrent"].why == "writing to several at once, GPU0: 5 wrong bytes"
    hung = ladder.judge(make_evidence(spoil=first("concurrent", error="hung")), given={})
    assert hung["concurrent"].why.endswith("GPU0: hung")


def test_a_probe_that_never_ended_fails_what_it_should_have_shown(
    make_evidence: MakeEvidence,
) -> None:
    judged = ladder.judge(make_evidence(error="the probe did not end"), given={})
    assert (judged["copy"].verdict, judged["copy"].why) == ("failed", "the probe did not end")
    assert judged["collective"].verdict == "unproven"
    assert ladder.unsafe(make_evidence(error="the probe did not end")) is None


def test_a_probe_that_saw_other_gpus_proves_nothing(make_evidence: MakeEvidence) -> None:
    other = make_evidence(spoil=first("gpus", uuid="GPU-9"))
    fewer = make_evidence(spoil=lambda document: document["gpus"].pop())
    for found in (other, fewer):
        judged = ladder.judge(found, given={})
        assert {one.verdict for one in judged.values()} == {"unproven"}
        assert "not the 2 of this host" in judged["copy"].why


def test_only_the_first_of_many_faults_are_named(make_evidence: MakeEvidence) -> None:
    def all_wrong(document: dict[str, Any]) -> None:
        for one in document["pairs"]:
            one["wrong_bytes"] = 1

    judged = ladder.judge(make_evidence(4, spoil=all_wrong), given={})
    assert judged["copy"].why.endswith("; and 8 more")
