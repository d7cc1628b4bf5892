"""Twenty paced clients that try nothing twice, while engines and nodes fail and operators work.

Runs on inventories/lab_full.py, or on what INFRA_STORM_INVENTORY names.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from labhosts import ROOT
from pacing import Request, await_that
from storm import PER_SECOND, Count, Scene, Storm, counted, scene, storm, unplugged

pytestmark = pytest.mark.slow

INVENTORY = Path(
    os.environ.get("INFRA_STORM_INVENTORY", ROOT / "inventories" / "lab_full.py")
).resolve()
BUSY_SECONDS = float(os.environ.get("INFRA_STORM_BUSY_SECONDS", "300"))
ERROR_SECONDS = 30.0
"""Whoever is lost is told within so long."""


@pytest.fixture(scope="module")
def site() -> Scene:
    """The site, deployed, and nobody held."""
    made = scene(INVENTORY)
    made.did("deploy", str(INVENTORY))
    await_that(lambda: nobody_held(made), seconds=60, what="a calm site", told=made.rotation)
    return made


@pytest.fixture
def inventory(site: Scene) -> str:
    return str(site.inventory)


def nobody_held(site: Scene) -> bool:
    return not any(node["holds"] for node in site.rotation()["nodes"].values())


@contextmanager
def weather(site: Scene) -> Iterator[Storm]:
    """Load that every full member has its share of, on a calm site that is calm again after it."""
    with storm(site) as made:
        both = set(site.full)
        await_that(
            lambda: both <= {one.node for one in made.done},
            seconds=60,
            what=f"answers of {both}",
            told=lambda: (made.by_node(), made.watch.told()),
        )
        yield made
        await_that(lambda: nobody_held(site), seconds=120, what="calm", told=made.watch.told)
    print("\n" + "\n".join(made.watch.told()))


def lost(made: Storm) -> list[Request]:
    return [one for one in made.done if one.lost]


def fair(count: Count) -> None:
    """Nobody lost anything who was not sent to what had failed before it was out."""
    print(count.told())
    assert count.ejected is not None, "it stayed in"
    assert count.lost_elsewhere == ()
    assert len(count.lost_there) <= count.may
    assert count.slowest_end() <= ERROR_SECONDS


def answers_from(made: Storm, node: str, *, after: float) -> Callable[[], bool]:
    return lambda: made.first_from(node, after=after) is not None


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
    node = site.full[-1]
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


def changed(site: Scene, folder: Path) -> Path:
    """The same hosts, their engines with another argument."""
    path = folder / "changed.py"
    path.write_text(
        "from runpy import run_path\n"
        f"_said = run_path({str(site.inventory)!r})\n"
        "globals().update({k: v for k, v in _said.items() if not k.startswith('_')})\n"
        'gpu_nodes[1]["inference_engine"]["context_tokens"] = 2560\n'
    )
    for kind in ("lock", "hardware"):
        beside = site.inventory.with_name(f"{site.inventory.stem}.{kind}.yaml")
        if beside.exists():
            shutil.copy(beside, folder / f"changed.{kind}.yaml")
    return path


def test_a_change_of_settings_loses_nothing(site: Scene, inventory: str, tmp_path: Path) -> None:
    try:
        with weather(site) as made:
            site.did("deploy", str(changed(site, tmp_path)))
    finally:
        with weather(site) as back:
            site.did("deploy", inventory)
    print(f"{len(made.done)} and {len(back.done)} requests")
    assert (lost(made), lost(back)) == ([], [])


def test_a_drain_and_its_end_lose_nothing(site: Scene, inventory: str) -> None:
    node = site.full[0]
    with weather(site) as made:
        site.did("drain", inventory, node, "--reason", "a new fan")
        out = time.time()
        others = (*site.full[1:], *site.spares)
        await_that(
            lambda: sum(one.began > out and one.node in others for one in made.done) >= 8,
            seconds=60,
            what="others",
        )
        site.did("undrain", inventory, node)
        await_that(answers_from(made, node, after=time.time()), seconds=60, what="its return")
    print(f"{len(made.done)} requests")
    assert lost(made) == []


def test_a_swap_and_its_way_back_lose_nothing(site: Scene, inventory: str) -> None:
    dead, [spare] = site.full[-1], site.spares
    with weather(site) as made:
        try:
            began = time.time()
            site.did("swap", inventory, dead, spare)
            swapped = time.time()
            await_that(answers_from(made, spare, after=swapped), seconds=60, what="the spare")
            assert not any(one.node == dead and one.began > swapped for one in made.done)
        finally:
            site.did("swap", inventory, dead, spare, "--back")
        await_that(answers_from(made, dead, after=time.time()), seconds=60, what="its return")
    print(f"{len(made.done)} requests; the command took {swapped - began:.1f} s")
    assert lost(made) == []


def test_a_canary_set_and_taken_back_loses_nothing(site: Scene, inventory: str) -> None:
    node = site.full[-1]
    with weather(site) as made:
        try:
            site.did("canary", "set", inventory, node, "--share", "100")
            await_that(answers_from(made, node, after=time.time()), seconds=60, what="its share")
            site.did("canary", "abort", inventory, node)
            out = time.time()
            await_that(
                lambda: sum(one.began > out for one in made.done) >= 8, seconds=60, what="others"
            )
            assert not any(one.node == node and one.began > out for one in made.done)
            site.did("canary", "set", inventory, node, "--share", "50")
        finally:
            site.did("canary", "promote", inventory, node, "--force")
        await_that(answers_from(made, node, after=time.time()), seconds=60, what="its return")
    print(f"{len(made.done)} requests")
    assert lost(made) == []


def test_a_busy_engine_at_its_limits_is_never_ejected(site: Scene) -> None:
    """As many clients as are admitted, and as many again that are refused and come back."""
    with storm(site, per_second=4 * PER_SECOND) as made:
        began = time.time()
        await_that(
            lambda: time.time() > began + BUSY_SECONDS,
            seconds=BUSY_SECONDS + 10,
            what="the end",
        )
    refused = sum(one.refused for one in made.done)
    answered = sum(not one.lost for one in made.done)
    print(f"\n{BUSY_SECONDS:.0f} s: {answered} answered, {refused} refused")
    print("\n".join(made.watch.told()))
    assert refused > 0, "it was not at its limits"
    assert [one for one in lost(made) if not one.refused] == []
    assert all(made.watch.left(node, after=began) is None for node in site.members)
