"""What people read of a drain."""

from datetime import datetime, timezone
from io import StringIO
from pathlib import Path

from rich.console import Console

from infra import report_drain
from infra.balancers import BalancerError
from infra.report_drain import Lines
from infra.rotation import Hold, Settled

NOW = datetime(2026, 11, 21, 3, 15, tzinfo=timezone.utc)
MARA = Hold("operator", "new fan", "mara@laptop", "2026-11-21T03:12:00Z")
DEPLOY = Hold("deploy", "driver 580.126.09", "ci@nightly", "2026-11-20T01:00:00Z")
RACK = Path("rack.py")


def said(lines: Lines) -> list[str]:
    console = Console(file=StringIO(), width=120)
    for line in lines:
        console.print(line)
    found: str = console.file.getvalue()  # type: ignore[attr-defined]
    return [line.rstrip() for line in found.splitlines()]


def test_a_drain_that_came_to_its_end() -> None:
    assert said(report_drain.drained("gpu-1", Settled(7, 0, 2.1), limit=600, inventory=RACK)) == [
        "✓ gpu-1 is out of rotation: 7 requests finished in 2.1 s, none cut.",
        "  Back in: infra undrain rack.py gpu-1",
    ]


def test_a_drain_of_an_idle_node() -> None:
    first = said(report_drain.drained("gpu-1", Settled(0, 0, 0.2), limit=600, inventory=RACK))[0]
    assert first == "✓ gpu-1 is out of rotation: no request was under way."


def test_a_drain_that_ran_out_of_time() -> None:
    assert said(report_drain.drained("gpu-1", Settled(5, 2, 600.0), limit=600, inventory=RACK)) == [
        "✗ gpu-1 still has 2 requests under way after 600 s; nothing new reaches it.",
        "  Wait longer: infra drain rack.py gpu-1 --seconds 1200; or stop it anyway.",
        "  Back in: infra undrain rack.py gpu-1",
    ]


def test_a_node_that_was_out_before() -> None:
    first = said(report_drain.already_out("gpu-1", MARA, inventory=RACK, now=NOW))[0]
    assert first == (
        "✓ gpu-1 is out of rotation already, held by operator for 3 min: new fan (mara@laptop)."
    )


def test_a_refusal_says_how_to_do_it_all_the_same() -> None:
    refused = BalancerError("b: gpu-1 stays in: gpu-2 is out", refused=True)
    assert said(report_drain.not_drained("gpu-1", refused, held=False, inventory=RACK)) == [
        "✗ gpu-1 was not taken out of rotation.",
        "  b: gpu-1 stays in: gpu-2 is out",
        "  All the same: infra drain rack.py gpu-1 --force",
    ]


def test_what_is_not_known_is_not_denied() -> None:
    lost = BalancerError("b: no answer; b may hold it: infra rotation tells", unsure=True)
    assert said(report_drain.not_drained("gpu-1", lost, held=False, inventory=RACK)) == [
        "✗ Whether gpu-1 is out of rotation is not known.",
        "  b: no answer; b may hold it: infra rotation tells",
        "  Look where it is: infra rotation rack.py",
    ]


def test_a_node_that_was_held_before_is_not_called_in() -> None:
    lost = BalancerError("b: unreachable")
    found = said(report_drain.not_drained("gpu-1", lost, held=False, was_out=True, inventory=RACK))
    assert found[0] == "✗ gpu-1 was held before; that it is out now is not certain."


def test_a_balancer_lost_while_settling_leaves_the_node_held() -> None:
    lost = BalancerError("b: connection lost")
    found = said(report_drain.not_drained("gpu-1", lost, held=True, inventory=RACK))
    assert found == [
        "✗ gpu-1 was held, but waiting for its requests failed.",
        "  b: connection lost",
        "  Back in: infra undrain rack.py gpu-1",
    ]


def test_an_interrupted_drain_says_what_is_left_behind() -> None:
    assert said(report_drain.interrupted("gpu-1", 3, inventory=RACK)) == [
        "✗ Interrupted: gpu-1 stays held, nothing new reaches it, 3 requests under way.",
        "  Go on: infra drain rack.py gpu-1",
        "  Back in: infra undrain rack.py gpu-1",
    ]
    assert said(report_drain.interrupted("gpu-1", None, inventory=RACK))[1] == (
        "  Look where it is: infra rotation rack.py"
    )


def test_a_node_that_is_back_in() -> None:
    def back_in(*, was_out: bool, answers: bool) -> list[str]:
        return said(report_drain.back_in("g", was_out=was_out, answers=answers, inventory=RACK))

    assert back_in(was_out=True, answers=True) == ["✓ g is in rotation again."]
    assert back_in(was_out=False, answers=True) == ["✓ g is in rotation already."]
    assert back_in(was_out=True, answers=False)[0] == (
        "✗ g is in rotation again, but its engine does not answer."
    )


def test_a_node_that_somebody_else_holds() -> None:
    assert said(report_drain.still_held("gpu-1", [DEPLOY], now=NOW))[:2] == [
        "✗ gpu-1 stays out of rotation.",
        "  It is held by deploy for 26 h: driver 580.126.09 (ci@nightly).",
    ]


def test_the_only_node_of_a_pool_wants_force() -> None:
    found = said(report_drain.alone("gpu-1", "smollm2-135m", inventory=RACK))
    assert found[0] == "✗ gpu-1 is the only node that serves smollm2-135m; nothing was changed."
    assert found[1].endswith("infra drain rack.py gpu-1 --force")
