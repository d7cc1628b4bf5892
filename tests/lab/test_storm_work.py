"""Paced clients that try nothing twice, while operators work: nobody loses anything.

Runs on inventories/lab_full.py, or on what INFRA_STORM_INVENTORY names.
"""

import os
import shutil
import time
from pathlib import Path

import pytest
from pacing import await_that
from scene import Scene, scene
from storm import INVENTORY, PER_SECOND, answers_from, lost, nobody_held, storm, weather

pytestmark = pytest.mark.slow

BUSY_SECONDS = float(os.environ.get("INFRA_STORM_BUSY_SECONDS", "300"))


@pytest.fixture(scope="module")
def site() -> Scene:
    """The site, deployed, and nobody held."""
    made = scene(INVENTORY)
    await_that(lambda: nobody_held(made), seconds=60, what="a calm site", told=made.rotation)
    return made


@pytest.fixture
def inventory(site: Scene) -> str:
    return str(site.inventory)


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
