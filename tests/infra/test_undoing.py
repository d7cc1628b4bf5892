"""Canaries and swaps on all balancers or on none."""

from typing import Any

import pytest

from infra.balancers import BalancerError, Balancers
from infra.session import NoAnswerError
from infra.site import Node
from infra.wire import Answer

NO = Answer(1, b"", b"infra-rotation: nginx does not take it: no; the last good one stays\n")


def asked(**sessions: Any) -> Balancers:  # noqa: ANN401
    nodes = [Node(name, "load_balancers", name, {}) for name in sessions]
    return Balancers(nodes, session=lambda one: sessions[one.name])


def at(verb: str, said: Answer) -> Any:  # noqa: ANN401
    return lambda words: said if words[0] == verb else None


def test_a_swap_is_made_by_every_balancer_that_knows_the_node(rotating: Any) -> None:  # noqa: ANN401
    a, b, other = rotating("n", "s"), rotating("n", "s"), rotating("m")
    assert asked(a=a, b=b, other=other).swap("n", "s", by="mara@laptop") == ("a", "b")
    assert a.swaps == b.swaps == {"n": {"spare": "s", "by": "mara@laptop", "since": "s"}}
    assert [words[0] for words in other.commands] == ["show"]
    assert asked(a=a, b=b).unswap("n") == ("a", "b")
    assert a.swaps == b.swaps == {}


def test_a_swap_that_one_cannot_make_is_undone_on_the_others(rotating: Any) -> None:  # noqa: ANN401
    a, b = rotating("n", "s"), rotating("n", "s")
    b.says = at("swap", NO)
    with pytest.raises(BalancerError, match=r"^b: nginx does not take it") as said:
        asked(a=a, b=b).swap("n", "s", by="mara@laptop")
    assert (a.swaps, b.swaps, said.value.unsure) == ({}, {}, False)


def test_a_canary_that_one_cannot_set_is_as_before_on_the_others(rotating: Any) -> None:  # noqa: ANN401
    a, b = rotating("n"), rotating("n")
    both = asked(a=a, b=b)
    both.canary_set("n", share=5, by="mara@laptop")
    b.says = at("canary", NO)
    with pytest.raises(BalancerError, match="b: nginx"):
        both.canary_set("n", share=50, by="mara@laptop")
    assert [one.canaries["m"]["share"] for one in (a, b)] == [5.0, 5.0]
    with pytest.raises(BalancerError, match="b: nginx"):
        both.canary_promote("n", by="mara@laptop")
    assert [one.canaries["m"]["share"] for one in (a, b)] == [5.0, 5.0]


def test_what_could_not_be_undone_is_told(rotating: Any) -> None:  # noqa: ANN401
    a, b = rotating("n", "s"), rotating("n", "s")
    a.says = at("unswap", NO)
    b.says = at("swap", NO)
    told = "a may do otherwise with n: infra rotation tells"
    with pytest.raises(BalancerError, match=told) as said:
        asked(a=a, b=b).swap("n", "s", by="mara@laptop")
    assert said.value.unsure


def test_a_balancer_that_cannot_be_asked_stops_it_before_anything_is_changed(
    rotating: Any,  # noqa: ANN401
) -> None:
    def gone(words: list[str]) -> None:
        b.problem = "connection lost"
        b.open = lambda: None
        raise NoAnswerError("connection lost")

    a, b = rotating("n", "s"), rotating("n", "s")
    b.says = gone
    with pytest.raises(BalancerError):
        asked(a=a, b=b).swap("n", "s", by="mara@laptop")
    assert a.swaps == {}


def test_all_that_a_balancer_says_is_told(rotating: Any) -> None:  # noqa: ANN401
    a = rotating("n", "s")
    one = asked(a=a)
    one.canary_set("n", share=5, by="mara@laptop")
    one.swap("n", "s", by="mara@laptop")
    told = one.told()["a"]
    assert (told.canaries["m"].node, told.swaps["n"].spare) == ("n", "s")
    assert told.nodes["n"].state == "in"


def test_a_canary_that_is_no_member_any_more_is_ended_where_it_is_one(rotating: Any) -> None:  # noqa: ANN401
    a, b = rotating("m"), rotating("m")
    entry = {"node": "n", "share": 5.0, "endpoints": [], "by": "mara@laptop", "since": "s"}
    a.canaries["m"] = entry
    assert asked(a=a, b=b).canary_promote("n", by="mara@laptop") == ("a",)
    assert (a.canaries, [words[0] for words in b.commands]) == ({}, ["show"])
