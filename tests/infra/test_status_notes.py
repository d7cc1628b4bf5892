"""Sentences below a status."""

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from infra import status_notes
from infra.rotation import Canary, Hold, Told
from infra.status import Look, Shown
from infra.status_checked import Checked
from infra.verdict import Verdict

NOW = datetime.now(timezone.utc).replace(hour=12, minute=0, second=0, microsecond=0)
AT, STAMP = f"{NOW.astimezone():%H:%M}", NOW.isoformat()


def said(look: Look, *holds: Hold) -> list[str]:
    return [str(note) for note in status_notes.notes(look, holds=holds, now=NOW)]


def of(**records: dict[str, Any]) -> list[str]:
    return said(Look("a", boot_id="now", records=records))


def test_an_unreachable_node_says_since_when_and_why() -> None:
    look = Look("a", problem="timed out", since=STAMP)
    assert said(look) == [f"✗ a: unreachable since {AT}: timed out"]


def test_a_hold_is_told_in_words() -> None:
    hold = Hold("operator", "new fan", "mara@laptop", "2020-01-01T00:00:00Z")
    [note] = said(Look("a"), hold)
    assert note.startswith("? a: held by operator for ")
    assert note.endswith(": new fan (mara@laptop)")


def test_who_deploys_it_is_told() -> None:
    assert said(Look("a", deploying="mara@laptop since 03:12 UTC")) == [
        "? a: is being deployed by mara@laptop since 03:12 UTC"
    ]


def test_a_closed_gate_says_why() -> None:
    assert of(gate={"open": False, "why": "p2p failed", "checked": STAMP, "boot_id": "now"}) == [
        f"✗ a: its gate is closed since {AT}: p2p failed"
    ]


def test_a_gate_of_another_boot_counts_no_more() -> None:
    gate = {"open": True, "checked": STAMP, "boot_id": "now"}
    assert not of(gate=gate)
    [note] = of(gate={**gate, "boot_id": "before"})
    assert "booted after its gate was opened" in note


def test_a_deploy_that_failed_is_told() -> None:
    assert not of(last_deploy={"status": "ok"})
    failed = {"status": "failed", "error": "apt-get: no", "started": STAMP}
    assert of(last_deploy=failed) == [f"✗ a: last deploy ({AT}) failed: apt-get: no"]


def test_a_gate_that_holds_it_is_told_once() -> None:
    gate = {"open": False, "why": "p2p failed", "checked": STAMP, "boot_id": "now"}
    hold = Hold("gate", "p2p failed", "watch", "2020-01-01T00:00:00Z")
    [note] = said(Look("a", boot_id="now", records={"gate": gate}), hold)
    assert "held by gate" in note


def test_a_drill_that_was_not_well_is_told() -> None:
    drill = {"finished": STAMP, "budget_seconds": 60}
    assert not of(last_drill={**drill, "result": "ok"})
    assert of(last_drill={**drill, "result": "failed"}) == [f"✗ a: last drill ({AT}) failed"]
    [note] = of(last_drill={**drill, "result": "over_budget"})
    assert note.endswith("was over its budget of 1 min 00 s")


FAILED = Verdict("a", "r", "check_x", "", "failed", "x4\nmore")


def of_check(*failed: Verdict, outdated: bool = False) -> list[str]:
    checked = Checked(STAMP, 60, failed, 0, outdated)
    found = status_notes.notes(Look("a"), holds=(), checked=checked, now=NOW)
    return [str(note) for note in found]


def test_failed_checks_are_named_but_not_those_of_another_day() -> None:
    assert of_check(FAILED) == ["✗ a: r.check_x failed: x4"]
    assert not of_check(FAILED, outdated=True)


def test_of_many_failed_checks_the_first_are_named() -> None:
    found = of_check(*[replace(FAILED, reason="")] * 5)
    assert found[0] == "✗ a: r.check_x failed"
    assert found[3:] == ["✗ a: 2 more checks failed"]


def test_whoever_serves_nobody_has_no_gate() -> None:
    look = Look("a", boot_id="now", records={"gate": {"open": False, "why": "p2p failed"}})
    assert not list(status_notes.notes(look, holds=(), serves=False, now=NOW))


def test_what_roles_say_is_told() -> None:
    look = Look("a", shown=Shown(notes=("pcie_topology: x4",)))
    assert said(look) == ["✗ a: pcie_topology: x4"]


def test_a_canary_says_what_it_gets() -> None:
    canary = Canary("a", 5.0, ("/v1/embeddings",), "mara@laptop", STAMP)
    told = Told({}, {"small": canary}, {})
    [note] = status_notes.of_canary("a", (told, told), now=NOW)
    assert note.text == f"is small's canary since {AT}: 5 % of /v1/embeddings (mara@laptop)"
    assert not list(status_notes.of_canary("b", (told,), now=NOW))
