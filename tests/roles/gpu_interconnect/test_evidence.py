from pathlib import Path

import pytest

from roles.gpu_interconnect import evidence, ladder

TEXT = Path(__file__).with_name("measured.txt").read_text()


def lines(text: str) -> list[str]:
    return text.splitlines()


def test_a_record_tells_host_matrices_and_document() -> None:
    found = evidence.parse(lines(TEXT))
    assert found is not None
    assert (found.at, found.probe, found.error) == ("2026-11-21T10:00:00Z", "abc", "")
    assert found.links.kind(0, 1) == "SYS"
    assert found.grants.grants(0, 1)
    assert found.measured is not None and found.measured.pairs[0].gb_per_s == 26.3
    assert not found.simulated


def test_its_key_is_of_the_host_that_was_measured() -> None:
    found = evidence.parse(lines(TEXT))
    assert found is not None
    assert found.key.gpus == {"GPU-1": "0000:41:00.0", "GPU-2": "0000:c1:00.0"}
    assert found.key.acs == {"0000:40:01.1": "0000", "0000:c0:01.1": "0000"}
    assert found.key.iommu["0000:c1:00.0"] == "passthrough"


def test_it_is_proven() -> None:
    found = evidence.parse(lines(TEXT))
    assert found is not None
    judged = ladder.judge(found, given={})
    assert {one.verdict for one in judged.values()} == {"proven"}, judged


@pytest.mark.parametrize("status", ["124", "137"])
def test_a_probe_that_was_ended_says_nothing_else(status: str) -> None:
    found = evidence.parse(lines(TEXT.replace("status 0", f"status {status}")))
    assert found is not None
    assert found.measured is None
    assert "did not end" in found.error
    assert not found.simulated


def test_a_document_that_only_tells_an_error_is_that_error() -> None:
    head, _, tail = TEXT.partition('{"format"')
    end = tail[tail.index("\n") :]
    said = '{"format": 1, "error": "CUDA finds no device"}'
    found = evidence.parse(lines(f"{head}{said}{end}"))
    assert found is not None
    assert (found.measured, found.error) == (None, "CUDA finds no device")
    broken = evidence.parse(lines(f'{head}{{"format": 2}}{end}'))
    assert broken is not None
    assert "format 1" in broken.error


def test_a_record_that_is_absent_or_cut_is_none() -> None:
    assert evidence.parse([]) is None
    assert evidence.parse(lines(TEXT.partition("--- infra:end")[0])) is None
