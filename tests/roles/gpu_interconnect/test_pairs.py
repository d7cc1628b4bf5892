from collections.abc import Callable
from typing import Any

import pytest

from roles.gpu_interconnect import pairs
from roles.gpu_interconnect.evidence import Evidence
from roles.gpu_interconnect.measured import Copy

MakeEvidence = Callable[..., Evidence]


def first(**values: object) -> Callable[[dict[str, Any]], object]:
    return lambda document: document["pairs"][0].update(values)


def test_a_grant_holds_both_ways_and_for_its_pair_alone(make_evidence: MakeEvidence) -> None:
    statuses = {(0, 1): "TNS", (0, 2): "OK", (1, 2): "TNS"}
    assert pairs.granted(make_evidence(3, grants=statuses)) == [(0, 2), (2, 0)]


def test_what_cuda_refuses_one_way_is_granted_the_other(make_evidence: MakeEvidence) -> None:
    assert pairs.granted(make_evidence(spoil=first(peer_access=False))) == [(1, 0)]


def test_a_copy_that_hung_takes_no_grant_away(make_evidence: MakeEvidence) -> None:
    hung = make_evidence(spoil=first(peer_access=False, error="hung"))
    assert pairs.granted(hung) == [(0, 1), (1, 0)]


def test_without_a_measurement_there_are_grants_and_no_copies(make_evidence: MakeEvidence) -> None:
    found = make_evidence(error="the probe did not end")
    assert pairs.copies(found) == {}
    assert pairs.granted(found) == [(0, 1), (1, 0)]


def test_copies_are_kept_by_their_way(make_evidence: MakeEvidence) -> None:
    found = pairs.copies(make_evidence(spoil=first(gb_per_s=1.0)))
    assert (found[0, 1].gb_per_s, found[1, 0].gb_per_s) == (1.0, 26.0)


@pytest.mark.parametrize(
    ("access", "error", "denied"), [(False, "", True), (False, "hung", False), (True, "", False)]
)
def test_only_a_plain_no_is_a_denial(access: bool, error: str, denied: bool) -> None:
    one = Copy(source=0, target=1, peer_access=access, error=error)
    assert pairs.denies(one) is denied


def test_pairs_are_named_with_and_without_their_way() -> None:
    assert pairs.way(3, 0) == "GPU3 to GPU0"
    assert pairs.together([(0, 3), (1, 2)]) == "GPU0-GPU3; GPU1-GPU2"


@pytest.mark.parametrize(
    ("sentences", "said"),
    [("", ""), ("abcd", "a; b; c; d"), ("abcde", "a; b; c; d; and 1 more")],
)
def test_four_are_named_and_the_rest_is_counted(sentences: str, said: str) -> None:
    assert pairs.some(iter(sentences)) == said
