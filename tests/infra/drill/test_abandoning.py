"""A drill given up: before the wipe the node serves again, after it a deploy brings it back."""

from typing import Any

import pytest

from infra.drill import running
from infra.drill.abandoning import abandoned


def give_up(made: Any, at: str) -> tuple[str, ...]:  # noqa: ANN401
    if at:
        made.running.begin(at)
        made.balancers.hold("n", owner="drill", reason="rebuild drill", by="mara@laptop")
    return abandoned(made.balancers, "n", inventory=made.inventory, by="mara@laptop")


def owners(session: Any) -> list[str]:  # noqa: ANN401
    return [hold["owner"] for hold in session.holds["n"]]


def test_before_the_wipe_nothing_holds_it_any_more(drill_of: Any, rotating: Any) -> None:  # noqa: ANN401
    session = rotating("n", "m")
    made = drill_of(session)
    assert "nothing was wiped" in give_up(made, "drain")[0]
    assert owners(session) == []
    assert running.left(made.inventory, node="n") is None


def test_after_it_the_next_deploy_lets_it_in(drill_of: Any, rotating: Any) -> None:  # noqa: ANN401
    session = rotating("n", "m")
    made = drill_of(session)
    assert "infra deploy" in give_up(made, "install")[1]
    assert owners(session) == ["deploy"]


@pytest.mark.parametrize("ours_at", ["", "drain"])
def test_a_drill_of_another_machine_is_taken_for_one_that_wiped(
    drill_of: Any,  # noqa: ANN401
    rotating: Any,  # noqa: ANN401
    ours_at: str,
) -> None:
    session = rotating("n", "m")
    made = drill_of(session)
    if ours_at:
        made.running.begin(ours_at)
    made.balancers.hold("n", owner="drill", reason="rebuild drill", by="tom@desk")
    said = abandoned(made.balancers, "n", inventory=made.inventory, by="mara@laptop")
    assert "stays out" in said[0]
    assert owners(session) == ["deploy"]


def test_one_that_was_given_up_elsewhere_is_forgotten(drill_of: Any, rotating: Any) -> None:  # noqa: ANN401
    session = rotating("n", "m")
    made = drill_of(session)
    made.running.begin("wipe")
    said = abandoned(made.balancers, "n", inventory=made.inventory, by="mara@laptop")
    assert "no drill holds it any more" in said[0]
    assert owners(session) == []
    assert running.left(made.inventory, node="n") is None


def test_where_there_is_none_nothing_is_touched(drill_of: Any, rotating: Any) -> None:  # noqa: ANN401
    session = rotating("n", "m")
    assert "no drill to give up" in give_up(drill_of(session), "")[0]
    assert {words[0] for words in session.commands} == {"show"}
