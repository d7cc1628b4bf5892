"""Balancers that agree or fail, asked on sessions whose program works in memory."""

from typing import Any

import gevent
import pytest
from gevent.event import Event

from infra import balancers
from infra.balancers import BalancerError, Balancers
from infra.rotation import Settled
from infra.session import NoAnswerError
from infra.site import Node
from infra.wire import Answer

OPERATOR = {"owner": "operator", "reason": "new fan", "by": "mara@laptop"}
REFUSAL = Answer(3, b"", b"infra-rotation: node-1 is the last one in of m; keep 1\n")


def node(name: str) -> Node:
    return Node(name, "load_balancers", name, {})


def asked(**sessions: Any) -> Balancers:  # noqa: ANN401
    return Balancers([node(name) for name in sessions], session=lambda one: sessions[one.name])


def verbs(session: Any) -> list[str]:  # noqa: ANN401
    return [words[0] for words in session.commands]


def refusing(verb: str, said: Answer) -> Any:  # noqa: ANN401
    return lambda words: said if words[0] == verb else None


def lost(session: Any, *, at: str) -> Any:  # noqa: ANN401
    """A connection that breaks for good when that command comes."""

    def says(words: list[str]) -> None:
        if words[0] == at:
            session.open = lambda: setattr(session, "problem", "unreachable: no route")
            session.problem = "connection lost: gone"
            raise NoAnswerError(session.problem)

    return says


def test_a_hold_is_put_on_every_balancer_that_knows_the_node(rotating: Any) -> None:  # noqa: ANN401
    a, b, other = rotating("n", "m"), rotating("n"), rotating("m")
    assert asked(a=a, b=b, other=other).hold("n", **OPERATOR, keep=1) == ("a", "b")
    for session in (a, b):
        assert [hold["by"] for hold in session.holds["n"]] == ["mara@laptop"]
    assert verbs(other) == ["show"]
    assert a.commands[-1][-2:] == ["--keep", "1"]


def test_a_refusal_lifts_what_this_call_put(rotating: Any) -> None:  # noqa: ANN401
    a, b = rotating("n"), rotating("n")
    b.says = refusing("hold", REFUSAL)
    with pytest.raises(BalancerError, match=r"^b: node-1 is the last one in of m; keep 1$") as said:
        asked(a=a, b=b).hold("n", **OPERATOR, keep=1)
    assert said.value.refused
    assert (a.holds["n"], verbs(b)) == ([], ["show", "hold"])


def test_a_hold_that_was_there_before_stays_when_another_balancer_fails(
    rotating: Any,  # noqa: ANN401
) -> None:
    a, b = rotating("n"), rotating("n")
    both = asked(a=a, b=b)
    asked(a=a).hold("n", **OPERATOR)
    b.says = refusing("hold", Answer(1, b"", b"nginx -t: no\n"))
    with pytest.raises(BalancerError, match="b: nginx -t: no") as said:
        both.hold("n", **OPERATOR)
    assert not said.value.refused
    assert len(a.holds["n"]) == 1


def test_what_could_not_be_undone_is_told(rotating: Any) -> None:  # noqa: ANN401
    a, b = rotating("n"), rotating("n")
    a.says = refusing("lift", Answer(1, b"", b"disk full\n"))
    b.says = refusing("hold", REFUSAL)
    told = "keep 1; a: disk full; a may hold it: infra rotation tells"
    with pytest.raises(BalancerError, match=told) as said:
        asked(a=a, b=b).hold("n", **OPERATOR, keep=1)
    assert said.value.unsure


def late(session: Any, verb: str) -> Any:  # noqa: ANN401
    """A balancer that obeys that command, and whose answer does not come in time."""

    def says(words: list[str]) -> None:
        if words[0] == verb:
            session._obeyed(words)
            raise NoAnswerError("no answer within 90 s")

    return says


def test_a_hold_whose_answer_came_too_late_is_lifted_again(rotating: Any) -> None:  # noqa: ANN401
    a, b = rotating("n"), rotating("n")
    b.says = late(b, "hold")
    with pytest.raises(BalancerError, match=r"^b: no answer within 90 s; look at .*") as said:
        asked(a=a, b=b).hold("n", **OPERATOR)
    assert (a.holds["n"], b.holds["n"], said.value.unsure) == ([], [], False)


def test_a_balancer_that_may_hold_a_node_is_named(rotating: Any) -> None:  # noqa: ANN401
    a, b = rotating("n"), rotating("n")
    b.says = lost(b, at="hold")
    told = "b: unreachable: no route; look at that host, then again; b may hold it: infra rotation"
    with pytest.raises(BalancerError, match=told) as said:
        asked(a=a, b=b).hold("n", **OPERATOR)
    assert said.value.unsure
    assert not said.value.refused


def test_a_hold_that_neither_goes_on_nor_off_is_looked_for(rotating: Any) -> None:  # noqa: ANN401
    a = rotating("n")
    a.says = lambda words: None if words[0] == "show" else Answer(1, b"", b"nginx -t: no\n")
    with pytest.raises(BalancerError, match=r"^a: nginx -t: no$") as said:
        asked(a=a).hold("n", **OPERATOR)
    assert not said.value.unsure


def test_a_lift_whose_answer_came_too_late_is_taken_back_too(rotating: Any) -> None:  # noqa: ANN401
    a, b = rotating("n"), rotating("n")
    both = asked(a=a, b=b)
    both.hold("n", **OPERATOR)
    b.says = late(b, "lift")
    with pytest.raises(BalancerError, match="b: no answer within 90 s"):
        both.lift("n", owner="operator")
    assert (len(a.holds["n"]), len(b.holds["n"])) == (1, 1)


def test_a_lift_that_fails_somewhere_puts_the_hold_back_with_its_reason(
    rotating: Any,  # noqa: ANN401
) -> None:
    a, b = rotating("n"), rotating("n")
    both = asked(a=a, b=b)
    both.hold("n", **OPERATOR)
    b.says = refusing("lift", Answer(1, b"", b"nginx -t: no\n"))
    with pytest.raises(BalancerError, match="b: nginx -t: no"):
        both.lift("n", owner="operator")
    assert [hold["reason"] for hold in a.holds["n"]] == ["new fan"]
    b.says = lambda words: None
    both.lift("n", owner="operator")
    assert (a.holds["n"], b.holds["n"]) == ([], [])


def test_a_lift_puts_nothing_where_nothing_was(rotating: Any) -> None:  # noqa: ANN401
    a, b = rotating("n"), rotating("n")
    b.says = refusing("lift", Answer(1, b"", b"no\n"))
    with pytest.raises(BalancerError):
        asked(a=a, b=b).lift("n", owner="operator")
    assert a.holds["n"] == []


def test_a_drain_is_summed_over_balancers_and_pieces(rotating: Any) -> None:  # noqa: ANN401
    a, b = rotating("n"), rotating("n")
    a.in_flight["n"], a.left = 7, [4, 1, 0]
    b.in_flight["n"], b.left = 2, [0]
    heard: list[int] = []
    found = asked(a=a, b=b).settle("n", seconds=600, hear=heard.append)
    assert found == Settled(finished=9, left=0, seconds=4.5)
    assert heard[-1] == 0
    assert {words[3] for words in a.commands if words[0] == "settle"} == {"2"}


def test_a_drain_ends_when_its_time_is_up(rotating: Any) -> None:  # noqa: ANN401
    a = rotating("n")
    a.in_flight["n"], a.left = 5, [2]
    found = asked(a=a).settle("n", seconds=0)
    assert (found.finished, found.left) == (3, 2)
    assert a.commands[-1] == ["settle", "n", "--seconds", "0"]


def test_a_lift_passes_while_other_nodes_settle(rotating: Any) -> None:  # noqa: ANN401
    names = [f"n{number}" for number in range(12)]
    a, release = rotating("n", *names), Event()
    a.says = lambda words: release.wait(10) and None if words[0] == "settle" else None
    both = asked(a=a)
    both.hold("n", **OPERATOR)
    waiting = [gevent.spawn(both.settle, name, seconds=600) for name in names]
    with gevent.Timeout(5):
        both.lift("n", owner="operator")
    assert a.holds["n"] == []
    assert a.opened == 1
    assert verbs(a).count("settle") <= 7  # sshd opens ten channels a connection
    release.set()
    gevent.joinall(waiting, raise_error=True)


def test_a_balancer_without_its_program_spreads_nothing(rotating: Any) -> None:  # noqa: ANN401
    a = rotating("n")
    a.says = lambda words: Answer(44, b"", b"")
    bare = asked(a=a)
    assert bare.rotation() == {"a": {}}
    assert bare.hold("n", **OPERATOR) == ()
    assert bare.settle("n", seconds=60) == Settled(0, 0, 0.0)
    bare.lift("n", owner="operator")


def test_the_question_is_whether_the_program_is_there(rotating: Any) -> None:  # noqa: ANN401
    raw: list[str] = []
    a = rotating("n")
    plain = a.run
    a.run = lambda command, seconds: raw.append(command) or plain(command, seconds=seconds)
    asked(a=a).rotation(probe=True)
    program = "/usr/local/sbin/infra-rotation"
    assert raw == [f"[ -e {program} ] || exit 44; {program} show --probe"]


def test_an_unreachable_balancer_is_an_error_unless_one_is_patient(
    rotating: Any,  # noqa: ANN401
) -> None:
    a, b = rotating("n"), rotating("n")
    b.open = lambda: setattr(b, "problem", "unreachable: no route")
    both = asked(a=a, b=b)
    with pytest.raises(BalancerError, match=r"^b: unreachable: no route; look at that host"):
        both.rotation()
    assert list(both.rotation(patient=True)) == ["a"]
    with pytest.raises(BalancerError, match="b: unreachable"):
        both.hold("n", **OPERATOR)
    assert a.holds["n"] == []


def test_a_lost_connection_is_made_anew_once(rotating: Any) -> None:  # noqa: ANN401
    a = rotating("n")
    both = asked(a=a)
    both.rotation()
    a.problem = "connection lost: gone"
    both.hold("n", **OPERATOR)
    assert (a.opened, len(a.holds["n"])) == (2, 1)


def test_a_balancer_that_vanishes_in_the_middle_is_told(rotating: Any) -> None:  # noqa: ANN401
    a, b = rotating("n"), rotating("n")
    b.says = lost(b, at="hold")
    with pytest.raises(BalancerError, match="b: unreachable: no route"):
        asked(a=a, b=b).hold("n", **OPERATOR)
    assert a.holds["n"] == []


def test_a_slow_answer_opens_no_second_connection(rotating: Any) -> None:  # noqa: ANN401
    a = rotating("n")

    def late(words: list[str]) -> Answer:
        raise NoAnswerError("no answer within 90 s")

    a.says = late
    with pytest.raises(BalancerError, match="a: no answer within 90 s"):
        asked(a=a).rotation()
    assert a.opened == 1


def test_a_balancer_that_is_away_is_tried_once_for_all_who_ask(rotating: Any) -> None:  # noqa: ANN401
    a, attempts, release = rotating("n"), [], Event()

    def fails() -> None:
        attempts.append(1)
        release.wait(10)
        a.problem = "unreachable: no route"

    a.open = fails
    both = asked(a=a)
    waiting = [gevent.spawn(both.rotation, patient=True) for _ in range(3)]
    gevent.idle()
    release.set()
    gevent.joinall(waiting, raise_error=True)
    assert len(attempts) == 1


def test_an_answer_that_is_not_understood_says_what_to_do(rotating: Any) -> None:  # noqa: ANN401
    a = rotating("n")
    a.says = lambda words: Answer(0, b"Welcome!", b"")
    with pytest.raises(BalancerError, match=r"not understood .* deploy it again"):
        asked(a=a).rotation()


def test_no_balancers_is_false(rotating: Any) -> None:  # noqa: ANN401
    assert not asked()
    assert asked(a=rotating())
    assert asked().rotation() == {}


def test_a_site_without_balancers_has_the_usual_policy() -> None:
    site = balancers.Site("s", __file__, (node("n"),))  # type: ignore[arg-type]
    assert balancers.of(site) == ()
    assert (balancers.policy(site).max_unavailable, balancers.pools(site)) == (1, {})
