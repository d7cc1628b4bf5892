"""What nodes need that their gate keeps out."""

from datetime import date, datetime, timedelta, timezone

from infra.gate import Gate
from infra.gate_pass import held_out, judged, to_deploy
from infra.rotation import Hold, Rotated
from infra.site import Node
from infra.verdict import Verdict, Word
from infra.waivers import Waiver

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=timezone.utc)


def node(name: str = "a", *waivers: Waiver) -> Node:
    return Node(name=name, group="gpu_nodes", address=name, settings={}, waivers=waivers)


def hold(owner: str) -> Hold:
    return Hold(owner, "r", "mara@laptop", "2026-11-21T07:00:00Z")


def said(word: Word, reason: str = "x", *, name: str = "a", role: str = "gpu_driver") -> Verdict:
    return Verdict(name, role, f"check_{word}", "It holds", word, reason)


def gate(*, is_open: bool, deployed: str = "") -> Gate:
    return Gate("b", "sha256:a", open=is_open, why="w", deployed=deployed)


def test_nodes_that_another_holds_are_not_the_gates() -> None:
    seen = {
        "lb-1": {
            "a": Rotated("a", "out", (hold("gate"), hold("operator"))),
            "b": Rotated("b", "out", (hold("operator"),)),
        },
        "lb-2": {"c": Rotated("c", "out", (hold("gate"),)), "a": Rotated("a", "in")},
    }
    found = held_out(seen, among=[node("a"), node("b"), node("c"), node("d")])
    assert {name: {one.owner for one in holds} for name, holds in found.items()} == {
        "a": {"gate", "operator"},
        "c": {"gate"},
    }


def wanting(
    *verdicts: Verdict, owners: tuple[str, ...] = ("gate",), left: bool = True, deployed: str = ""
) -> bool:
    return bool(
        to_deploy(
            [node()],
            verdicts,
            gates={"a": gate(is_open=False, deployed=deployed)} if left else {},
            holds={"a": [hold(owner) for owner in owners]},
            today=TODAY,
            now=NOW,
        )
    )


def test_a_deploy_is_for_proofs_that_ended_with_the_boot() -> None:
    assert wanting(said("passed"), said("unproven", "proven of another boot"))
    assert wanting(said("unproven"), owners=("gate", "health"))


def test_what_failed_is_for_a_person() -> None:
    assert not wanting(said("failed"), said("unproven"))
    assert not wanting(said("passed"))


def test_a_node_that_a_person_holds_is_not_deployed() -> None:
    assert not wanting(said("unproven"), owners=("gate", "operator"))


def test_a_node_that_gave_no_answer_is_not_deployed() -> None:
    assert not wanting(said("unproven", "unreachable: no route"), left=False)


def test_what_a_deploy_could_not_prove_is_not_deployed_at_every_pass() -> None:
    lately, once = (NOW - timedelta(minutes=minutes) for minutes in (5, 90))
    assert not wanting(said("unproven"), deployed=lately.isoformat())
    assert wanting(said("unproven"), deployed=once.isoformat())
    ahead = NOW + timedelta(hours=8)
    assert wanting(said("unproven"), deployed=ahead.isoformat()), "the clock was wrong then"
    assert wanting(said("unproven"), deployed="once")
    gates = {"a": gate(is_open=False, deployed=once.isoformat())}
    assert (
        "did not prove it"
        in judged([node()], [said("unproven")], gates=gates, today=TODAY)["a"].why
    )


def test_a_check_under_a_waiver_asks_for_no_deploy() -> None:
    waiver = Waiver(check="gpu_driver.check_*", owner="mara", reason="r", until=TODAY)
    found = to_deploy(
        [node("a", waiver)],
        [said("unproven")],
        gates={"a": gate(is_open=True)},
        holds={"a": [hold("gate")]},
        today=TODAY,
        now=NOW,
    )
    assert found == []


def test_the_gate_that_was_left_is_what_a_pass_came_to() -> None:
    verdicts = [said("failed"), said("passed", name="b")]
    gates = {"a": gate(is_open=False), "b": gate(is_open=True)}
    found = judged([node("a"), node("b")], verdicts, gates=gates, today=TODAY)
    assert [(one.open, one.failed) for one in found.values()] == [(False, True), (True, False)]


def test_without_a_gate_the_reason_is_told() -> None:
    away = judged([node()], [said("unproven", "unreachable: no route")], gates={}, today=TODAY)
    assert (away["a"].open, away["a"].failed) == (False, False)
    assert away["a"].why == "unreachable: no route"
    other = judged([node()], [said("passed")], gates={}, today=TODAY)
    assert "not what this inventory promises" in other["a"].why
