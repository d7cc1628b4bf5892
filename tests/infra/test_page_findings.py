"""Which cards a page has, and in which order."""

from datetime import datetime, timedelta, timezone

from infra.history import History, Run
from infra.page_findings import Card, cards
from infra.verdict import WAIVER, Report, Verdict
from infra.words import Change

STARTED = datetime(2026, 11, 21, 2, 30, tzinfo=timezone.utc)


def failed(node: str, check: str = "check_a", *, reason: str = "it is not") -> Verdict:
    return Verdict(node, "base_system", check, f"Promise of {check}", "failed", reason)


def unproven(node: str, check: str, *, reason: str) -> Verdict:
    return Verdict(node, "base_system", check, f"Promise of {check}", "unproven", reason)


def told(*verdicts: Verdict, history: History | None = None) -> tuple[Card, ...]:
    report = Report("inventories/rack.py", STARTED, 1.0, verdicts)
    return cards(report, history=history or History())


def test_one_fault_on_many_nodes_is_one_card() -> None:
    (card,) = told(failed("gpu-1"), failed("gpu-2"))
    assert card.nodes == ("gpu-1", "gpu-2")
    assert card.again == (
        "infra check inventories/rack.py --limit gpu-1 --limit gpu-2 --role base_system"
    )


def test_one_check_that_found_different_things_is_several_cards() -> None:
    assert len(told(failed("gpu-1", reason="4 lanes"), failed("gpu-2", reason="8 lanes"))) == 2


def test_the_dead_come_first_and_each_once() -> None:
    why = "unreachable: no route to host"
    dead = [unproven(node, at, reason=why) for node in ("gpu-3", "gpu-4") for at in ("a", "b")]
    found = told(unproven("gpu-1", "c", reason="busy"), failed("gpu-2"), *dead)
    assert [(card.word, card.nodes) for card in found] == [
        ("unreachable", ("gpu-3",)),
        ("unreachable", ("gpu-4",)),
        ("failed", ("gpu-2",)),
        ("unproven", ("gpu-1",)),
    ]
    assert found[0].found == "no route to host"


def test_an_expired_waiver_is_no_broken_promise_of_the_node() -> None:
    (card,) = told(failed("gpu-1", WAIVER, reason="the waiver of mara is expired"))
    assert card.word == "expired"


def test_what_is_new_comes_before_what_was_known() -> None:
    history = History(changes=(Change("gpu-1", "base_system", "check_z", "passed", "failed"),))
    found = told(failed("gpu-1", "check_a"), failed("gpu-1", "check_z"), history=history)
    assert [(card.checks, card.new) for card in found] == [
        (("check_z",), True),
        (("check_a",), False),
    ]


def test_a_finding_says_since_when_and_how_many_runs() -> None:
    nights = [STARTED - timedelta(days=days) for days in (3, 2, 1, 0)]
    runs = tuple(Run(night, 1, 1, 0, 0) for night in nights)
    since = {("gpu-1", "base_system", "check_a"): nights[1]}
    (card,) = told(failed("gpu-1"), history=History(runs, since=since))
    assert (card.since, card.runs) == (nights[1], 3)


def test_without_history_nothing_is_said_of_it() -> None:
    (card,) = told(failed("gpu-1"))
    assert (card.new, card.since, card.runs) == (False, None, 0)


def test_checks_unproven_for_one_reason_name_the_first_promises() -> None:
    (card,) = told(*(unproven("gpu-1", f"check_{at}", reason="busy") for at in "abcde"))
    assert card.promised == tuple(f"Promise of check_{at}" for at in "abc")
    assert card.more == 2
