from typing import get_args

import pytest
from pydantic import ValidationError

from roles.gpu_interconnect import judged
from roles.gpu_interconnect.judged import Judged, Verdict


@pytest.mark.parametrize("verdict", get_args(Verdict))
def test_each_verdict_is_given_by_its_own_name(verdict: str) -> None:
    assert getattr(judged, verdict)("so").model_dump() == {"verdict": verdict, "why": "so"}


@pytest.mark.parametrize("text", ['{"verdict": "passed", "why": ""}', '{"verdict": "proven"}'])
def test_a_verdict_that_is_none_or_has_no_reason_is_not_read(text: str) -> None:
    with pytest.raises(ValidationError):
        Judged.model_validate_json(text)


def test_a_verdict_that_rungs_share_is_not_changed_through_one() -> None:
    found = judged.unproven("so")
    with pytest.raises(ValidationError):
        found.verdict = "proven"  # type: ignore[misc]
