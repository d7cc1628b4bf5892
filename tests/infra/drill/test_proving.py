"""What a rebuilt node's verdicts count for."""

from typing import Any

from infra.drill import clearing
from infra.drill.proving import bring_back, counted_checks
from infra.drill.record import Checks
from infra.verdict import Verdict, Word


def verdict(word: Word, *, waived: str = "") -> Verdict:
    return Verdict("gpu-2", "gpu_driver", "check_x", "It is.", word, waived=waived)


def test_a_waived_verdict_is_neither_failed_nor_passed() -> None:
    verdicts = [verdict("passed"), verdict("failed"), verdict("unproven")]
    waived = [verdict("failed", waived="until …"), verdict("unproven", waived="until …")]
    assert counted_checks([*verdicts, *waived]) == Checks(passed=1, failed=1, unproven=1)


def test_the_drills_hold_is_lifted_and_the_node_is_in(drill_of: Any, rotating: Any) -> None:  # noqa: ANN401
    session = rotating("n", "m")
    made = drill_of(session)
    clearing.drain(made)
    assert bring_back(made) == "gets requests"
    assert session.holds["n"] == []


def test_one_that_an_operator_held_before_stays_out_and_that_is_fine(
    drill_of: Any,  # noqa: ANN401
    rotating: Any,  # noqa: ANN401
) -> None:
    session = rotating("n", "m")
    made = drill_of(session)
    made.balancers.hold("n", owner="operator", reason="a fan", by="tom@desk")
    made.running.held_before = ["operator"]
    clearing.drain(made)
    assert bring_back(made) == "stays out: held by operator (tom@desk: a fan)"
