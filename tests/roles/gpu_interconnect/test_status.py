"""What a status shows of the ways between GPUs."""

from collections.abc import Callable

from infra.status import Cell
from roles.gpu_interconnect import proof, status
from roles.gpu_interconnect.evidence import Evidence
from roles.gpu_interconnect.settings import GpuInterconnectSettings

MakeEvidence = Callable[..., Evidence]


def cell(answer: str) -> Cell:
    return status.shown(answer, settings=GpuInterconnectSettings()).cells["P2P"]


def test_what_is_proven_names_its_link(make_evidence: MakeEvidence) -> None:
    assert cell(proof.of(make_evidence(), given={}).text) == Cell("✓ PHB", "good")


def test_what_failed_is_named_and_told(make_evidence: MakeEvidence) -> None:
    text = proof.of(make_evidence(rate=3.0), given={}).text
    found = status.shown(text, settings=GpuInterconnectSettings())
    assert found.cells["P2P"] == Cell("✗ speed", "bad")
    assert found.notes[0].startswith("gpu_interconnect: speed: GPU0 to GPU1: 3 GB/s")


def test_without_a_proof_nothing_is_known() -> None:
    assert cell("") == Cell("? no proof", "unknown")
