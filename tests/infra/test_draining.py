"""A drain by hand, on balancers whose program works in memory."""

import os
import signal
from typing import Any

import gevent
import pytest
from gevent.event import Event

from infra.balancers import Balancers
from infra.draining import Drain, owned
from infra.rotation import Hold, Rotated
from infra.site import Node
from infra.wire import Answer

MINE = Hold("operator", "new fan", "mara@laptop", "2026-11-21T03:12:00Z")
DEPLOY = Hold("deploy", "driver", "ci@nightly", "2026-11-20T01:00:00Z")


def drain_of(session: Any, *, keep: int = 1) -> Drain:  # noqa: ANN401
    balancers = Balancers([Node("b", "load_balancers", "b", {})], session=lambda _: session)
    return Drain(balancers, "n", seconds=600, keep=keep)


def test_a_drain_holds_and_waits(rotating: Any) -> None:  # noqa: ANN401
    session, heard = rotating("n"), []
    session.in_flight["n"], session.left = 3, [1, 0]
    work = drain_of(session)
    work.hear = heard.append
    assert work.run(reason="new fan", by="mara@laptop")
    assert (work.settled.finished, work.settled.left, work.problem) == (3, 0, None)
    assert heard == [1, 0]
    hold = session.holds["n"][0]
    assert (hold["owner"], hold["reason"]) == ("operator", "new fan")


def test_a_node_that_is_held_already_is_held_again_so_that_nginx_knows(
    rotating: Any,  # noqa: ANN401
) -> None:
    session = rotating("n")
    for _ in range(2):
        assert drain_of(session).run(reason="new fan", by="mara@laptop")
    verbs = [words[0] for words in session.commands]
    assert verbs == ["show", "hold", "show", "settle"] * 2


def test_a_refused_drain_never_waits(rotating: Any) -> None:  # noqa: ANN401
    session = rotating("n")
    session.says = lambda words: Answer(3, b"", b"m is the last\n") if words[0] == "hold" else None
    work = drain_of(session)
    assert work.run(reason="new fan", by="mara@laptop")
    assert work.problem is not None
    assert (work.problem.refused, work.left) == (True, None)
    assert [words[0] for words in session.commands] == ["show", "hold"]


@pytest.mark.parametrize(("at", "left"), [("hold", None), ("settle", 0)])
def test_ctrl_c_ends_it_where_it_is(rotating: Any, at: str, left: int | None) -> None:  # noqa: ANN401
    session, never = rotating("n"), Event()

    def says(words: list[str]) -> None:
        if words[0] == at:
            os.kill(os.getpid(), signal.SIGINT)
            never.wait()

    session.says = says
    work = drain_of(session)
    with gevent.Timeout(10):
        assert not work.run(reason="new fan", by="mara@laptop")
    assert work.left == left


def test_a_hold_is_owned_when_every_balancer_has_it() -> None:
    held = Rotated("n", "out", holds=(DEPLOY, MINE))
    assert owned([held, held]) == MINE
    assert owned([held, Rotated("n", "in")]) is None
    assert owned([Rotated("n", "out", holds=(DEPLOY,))]) is None
