import json
from collections.abc import Callable

from roles.gpu_interconnect import proof
from roles.gpu_interconnect.evidence import Evidence

MakeEvidence = Callable[..., Evidence]


def test_a_proof_holds_key_measurement_verdicts_and_time(make_evidence: MakeEvidence) -> None:
    said = json.loads(proof.of(make_evidence(), given={}).text)
    assert said["key"]["boot_id"] == "boot-1"
    assert said["measured"]["pairs"][0]["from"] == 0
    assert said["judged"]["copy"]["verdict"] == "proven"
    assert (said["at"], said["simulated"]) == ("2026-11-21T10:00:00Z", False)
    assert (said["links"], said["grants"]) == ({"0-1": "PHB"}, {"0-1": "OK"})


def test_it_is_read_back(make_evidence: MakeEvidence) -> None:
    found = proof.of(make_evidence(), given={})
    assert proof.parse(found.text) == found


def test_what_is_no_proof_is_none(make_evidence: MakeEvidence) -> None:
    assert proof.parse("") is None
    assert proof.parse("{}") is None
    fewer = json.loads(proof.of(make_evidence(), given={}).text)
    del fewer["judged"]["copy"]
    assert proof.parse(json.dumps(fewer)) is None


def test_failures_are_named_by_rung(make_evidence: MakeEvidence) -> None:
    slow = proof.of(make_evidence(rate=3.0), given={})
    assert slow.failures[0].startswith("speed: GPU0 to GPU1: 3 GB/s")
    assert not proof.of(make_evidence(), given={}).failures


def test_a_host_may_serve_without_peer_to_peer_unless_it_is_required(
    make_evidence: MakeEvidence,
) -> None:
    found = proof.of(make_evidence(grants={(0, 1): "GNS"}), given={})
    assert proof.shortfall(found, unsafe=None, required=False) is None
    said = proof.shortfall(found, unsafe=None, required=True)
    assert said is not None and "grant is refused" in said
    whole = proof.of(make_evidence(), given={})
    assert proof.shortfall(whole, unsafe=None, required=True) is None


def test_a_host_that_computes_wrong_may_not_serve(make_evidence: MakeEvidence) -> None:
    found = proof.of(make_evidence(), given={})
    said = proof.shortfall(found, unsafe="GPU0: 3 wrong bytes", required=False)
    assert said is not None and "take the GPU out" in said
