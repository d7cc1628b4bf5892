"""Paced clients that try nothing twice, while engines and nodes fail.

Runs on inventories/lab_full.py, or on what INFRA_STORM_INVENTORY names.
"""

import time

import pytest
from pacing import await_that
from scene import Scene, scene, unplugged
from storm import INVENTORY, PER_SECOND, Storm, answers_from, lost, nobody_held, weather
from storm_count import Count, counted

pytestmark = pytest.mark.slow

ERROR_SECONDS = 30.0
"""Whoever is lost is told within so long."""


@pytest.fixture(scope="module")
def site() -> Scene:
    """The site, deployed, and nobody held."""
    made = scene(INVENTORY)
    await_that(lambda: nobody_held(made), seconds=60, what="a calm site", told=made.rotation)
    return made


def fair(count: Count) -> None:
    """Nobody lost anything who was not sent to what had failed before it was out."""
    print(count.told())
    assert count.ejected is not None, "it stayed in"
    assert count.lost_elsewhere == ()
    assert len(count.lost_there) <= count.may
    assert count.slowest_end() <= ERROR_SECONDS


def cost_of(made: Storm, site: Scene, node: str, at: float) -> Count:
    return counted(made, node=node, at=at, sharing=len(site.full), per_second=PER_SECOND)


def test_a_killed_engine_costs_what_it_had_begun(site: Scene) -> None:
    node = site.full[-1]
    with weather(site) as made:
        at = time.time()
        site.signal_engine(node, "KILL")
        await_that(answers_from(made, node, after=at + 1), seconds=90, what="its return")
    count = cost_of(made, site, node, at)
    back = made.first_from(node, after=at + 1)
    print(f"answers again {(back or 0) - at:.1f} s after the kill")
    fair(count)


def test_a_hung_engine_is_out_within_five_seconds_and_back_in_three(site: Scene) -> None:
    node = site.full[0]  # one that was out a moment ago waits longer
    with weather(site) as made:
        at = time.time()
        site.signal_engine(node, "STOP")
        try:
            await_that(
                lambda: made.watch.left(node, after=at) is not None,
                seconds=30,
                what=f"{node} out",
                told=made.watch.told,
            )
            await_that(lambda: time.time() > at + 20, seconds=30, what="20 s of silence")
        finally:
            site.signal_engine(node, "CONT")
        woken = time.time()
        await_that(answers_from(made, node, after=woken), seconds=60, what="its return")
    count = cost_of(made, site, node, at)
    back = made.watch.back(node, after=woken)
    print(f"back {(back or 0) - woken:.2f} s after it could answer")
    fair(count)
    assert count.ejected is not None and count.ejected <= 5
    assert back is not None and back - woken <= 3


def test_a_node_that_is_gone_costs_what_it_had_begun(site: Scene) -> None:
    node = site.full[-1]
    with weather(site) as made:
        at = time.time()
        with unplugged(node):
            await_that(lambda: time.time() > at + 25, seconds=30, what="25 s without a network")
        mended = time.time()
        await_that(answers_from(made, node, after=mended), seconds=90, what="its return")
    fair(cost_of(made, site, node, at))


def test_the_spare_serves_when_the_pool_is_gone_and_nobody_is_asked(site: Scene) -> None:
    [spare] = site.spares
    with weather(site) as made:
        at = time.time()
        for node in site.full:
            site.signal_engine(node, "KILL")
        await_that(answers_from(made, spare, after=at), seconds=60, what="the spare")
        for node in site.full:
            await_that(answers_from(made, node, after=at + 1), seconds=90, what=f"{node}'s return")
    costs = [cost_of(made, site, node, at) for node in site.full]
    there = [one.id for cost in costs for one in cost.lost_there]
    first = made.first_from(spare, after=at)
    print(f"the spare's first token {(first or 0) - at:.2f} s after the first kill")
    print("\n".join(cost.told().splitlines()[0] for cost in costs))
    assert [one for one in lost(made) if one.id not in there] == []
    assert all(len(cost.lost_there) <= cost.may for cost in costs)
