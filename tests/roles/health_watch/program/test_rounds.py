"""Rounds over a desk, by a clock of our own; the rotation program is not there to be asked."""

import asyncio
from dataclasses import replace
from typing import Any

from roles.health_watch.program.desk import Desk
from roles.health_watch.program.judging import Ill
from roles.health_watch.program.promised import Limits, Member, Place
from roles.health_watch.program.rounds import Holds, cut_is_due, step
from roles.health_watch.program.seen import OK, REFUSED, Answer, Seen, with_health, with_question
from roles.health_watch.program.standing import Standing
from roles.health_watch.program.watching import Watched

LIMITS = Limits(3, 180, 10, 20, 10, 60, 1)
MEMBER = Member("gpu-1", Place("10.0.0.1", 8000), "m", "/h", "/q", "/m", (), (), None)
WELL = Seen(healthy_since=10.0, token_at=90.0, moved_at=90.0, idle_at=99.0, requests=0)
HELD: Holds = {"gpu-1": {"health": "hung"}}


class Noted(Desk):
    """A desk that notes what is begun, and begins nothing."""

    begun: tuple[str, ...] = ()

    def begin(self, work: Any) -> None:  # noqa: ANN401
        self.begun = (*self.begun, work.__name__)
        work.close()


def desk(seen: Seen, *, standing: Place | None = None) -> tuple[Noted, Watched]:
    one = Watched(replace(MEMBER, standing=standing), LIMITS, seen=seen)
    return Noted({"gpu-1": one}, {}), one


def test_a_healthy_engine_is_left_alone() -> None:
    table, one = desk(WELL)
    step(table, {}, now=100.0)
    assert (table.begun, one.ill, one.out_at) == ((), None, None)


def test_a_hung_one_is_taken_out_once_at_a_time() -> None:
    table, one = desk(replace(WELL, asked_at=97.0))
    step(table, {}, now=100.0)
    step(table, {}, now=100.2)
    assert table.begun == ("do",)
    assert one.ill is not None and one.seen.healthy_since is None


def test_nothing_is_done_while_holds_cannot_be_read() -> None:
    table, _ = desk(replace(WELL, asked_at=97.0))
    step(table, None, now=100.0)
    assert table.begun == () and "infra-rotation" in table.troubles["rotation"]
    step(table, {"gpu-1": {"operator": "a new fan"}}, now=100.0)
    assert table.begun == () and not table.troubles


def test_a_hold_of_an_earlier_run_is_taken_up_and_lifted_by_a_token() -> None:
    table, one = desk(WELL)
    step(table, HELD, now=100.0)
    assert (one.out_at, table.begun) == (100.0, ())
    one.seen = replace(one.seen, token_at=100.5, idle_at=100.9)
    step(table, HELD, now=100.9)
    assert table.begun == ("do",)


def test_one_that_was_out_before_waits_although_it_completes_a_token() -> None:
    table, one = desk(replace(WELL, token_at=100.5))
    one.streak, one.back_at = 2, 90.0
    step(table, HELD, now=100.0)
    step(table, HELD, now=101.9)
    assert table.begun == ()
    step(table, HELD, now=102.0)
    assert table.begun == ("do",)


def test_a_streak_ends_when_it_served_for_a_while() -> None:
    table, one = desk(replace(WELL, token_at=1e9))
    found = []
    for now in (100.0, 120.0, 200.0):
        one.seen = replace(one.seen, idle_at=now)
        step(table, HELD, now=now)
        found.append(one.streak)
        one.acting = False
        step(table, {}, now=now + 5)
    assert found == [1, 2, 1]


def test_who_is_refused_by_rotation_is_asked_for_later() -> None:
    table, one = desk(replace(WELL, asked_at=97.0))
    one.next_try = 105.0
    step(table, {}, now=104.9)
    assert table.begun == ()
    step(table, {}, now=105.0)
    assert table.begun == ("do",)


def test_a_node_is_not_let_in_before_it_said_where_it_stands() -> None:
    table, one = desk(replace(WELL, token_at=1e9), standing=Place("10.0.0.1", 8098))
    one.out_at, one.standing_at = 20.0, 9.0
    assert step(table, HELD, now=100.0) == {"gpu-1": None}
    assert table.begun == ()
    one.standing, one.standing_at = Standing("boot", "lock", "boot", "lock", True), 99.0
    one.seen = replace(one.seen, idle_at=100.0)
    [right] = step(table, HELD, now=100.0).values()
    assert right is not None and right.kind == "proven"
    assert table.begun == ("do",)


def test_streams_are_cut_once_ten_seconds_after_and_again_where_it_cannot_go_out() -> None:
    _, one = desk(WELL)
    one.ill, one.ill_since, one.out_at = Ill("hung", ""), 100.0, 101.0
    assert [cut_is_due(one, now=now) for now in (100.0, 109.9, 110.0)] == [False, False, True]
    one.cut_at = 110.0
    assert not cut_is_due(one, now=200.0)
    one.out_at = None
    assert cut_is_due(one, now=120.0) and not cut_is_due(one, now=119.0)
    one.ill, one.cut_at = Ill("unready", ""), -1.0
    assert not cut_is_due(one, now=200.0), "one that drains ends its streams itself"


def test_an_engine_that_dies_and_returns_is_away_until_its_node_may_be_in() -> None:
    table, one = desk(WELL)
    for now in (100.0, 100.3):
        one.seen = with_health(with_question(one.seen, now=now), Answer(REFUSED), now=now)
    step(table, {}, now=100.3)
    assert one.ill is not None and one.ill.kind == "gone" and one.was_away
    one.seen = with_health(one.seen, Answer(OK, 200), now=103.0)
    step(table, {}, now=103.0)
    assert one.ill is None and one.was_away, "without a standing nobody asks"


def test_the_desk_begins_work_beside() -> None:
    done: list[int] = []

    async def work() -> None:
        done.append(1)

    async def run() -> None:
        table = Desk({}, {})
        table.begin(work())
        await asyncio.gather(*table.tasks)

    asyncio.run(run())
    assert done == [1]


def test_what_a_watch_held_for_the_gate_is_lifted_where_no_proof_is_asked_for_any_more() -> None:
    gate: Holds = {"gpu-1": {"gate": "it was never checked: infra check"}}
    table, one = desk(WELL)
    step(table, gate, now=100.0)
    assert table.begun == (), "a deploy's, or a person's"
    step(table, gate, now=100.0, gated={"gpu-1"})
    assert table.begun == ("do",)
    table, one = desk(WELL, standing=Place("10.0.0.1", 8098))
    one.standing, one.standing_at = Standing("boot", "lock", None), 99.0
    step(table, gate, now=100.0, gated={"gpu-1"})
    assert table.begun == ()
