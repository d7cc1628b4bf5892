"""A spare beside two nodes: rehearsed, refused when it cannot serve, and seen on one screen.

Runs on inventories/lab_full.py, or on what INFRA_STORM_INVENTORY names.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

import faulty_network
import pytest
from labhosts import ROOT
from scene import Scene, scene

pytestmark = pytest.mark.slow

INVENTORY = Path(
    os.environ.get("INFRA_STORM_INVENTORY", ROOT / "inventories" / "lab_full.py")
).resolve()


@pytest.fixture(scope="module")
def site() -> Scene:
    """The site, deployed."""
    made = scene(INVENTORY)
    return made


def standing(site: Scene) -> dict[str, Any]:
    """Who is in, who is held by whom, and who has whose place."""
    said = site.rotation()
    nodes = {
        name: (node["state"] == "in", sorted(hold["owner"] for hold in node["holds"]))
        for name, node in said["nodes"].items()
    }
    return {"nodes": nodes, "swaps": sorted(said["swaps"])}


def status(site: Scene, *words: str) -> tuple[int, dict[str, Any], str]:
    done = site.infra("status", str(site.inventory), "--json", "-", *words)
    return done.returncode, json.loads(done.stdout), done.stderr


def test_a_rehearsal_takes_seconds_and_changes_nothing(site: Scene) -> None:
    before, [spare] = standing(site), site.spares
    done = site.infra(
        "swap", str(site.inventory), site.full[-1], spare, "--rehearse", "--json", "-"
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    print(done.stderr, said)
    assert standing(site) == before
    assert max(said["swap_seconds"], said["back_seconds"]) < 10


def test_a_swap_puts_the_spare_there_until_it_is_undone(site: Scene) -> None:
    before, dead, [spare] = standing(site), site.full[-1], site.spares
    try:
        site.did("swap", str(site.inventory), dead, spare)
        assert standing(site)["nodes"][dead] == (False, ["swap"])
        _, said, screen = status(site)
        cells = {node["node"]: node["columns"]["in rotation"]["text"] for node in said["nodes"][:3]}
        assert cells[spare].startswith(f"✓ for {dead}")
        assert f"{dead}: held by swap" in screen
        again = site.did("swap", str(site.inventory), dead, spare)
        assert "already" in again
    finally:
        site.did("swap", str(site.inventory), dead, "--back")
    assert standing(site) == before


def test_a_spare_whose_engine_is_silent_takes_no_place(site: Scene) -> None:
    before, [spare] = standing(site), site.spares
    site.signal_engine(spare, "STOP")
    try:
        done = site.infra("swap", str(site.inventory), site.full[-1], spare)
    finally:
        site.signal_engine(spare, "CONT")
    assert done.returncode == 1
    assert f"{spare} does not take the place of" in done.stdout
    assert standing(site)["swaps"] == before["swaps"]


def test_one_screen_tells_who_is_gone_within_seconds(site: Scene) -> None:
    [spare] = site.spares
    with faulty_network.vanished(spare):
        began = time.monotonic()
        code, said, screen = status(site, "--redact")
        took = time.monotonic() - began
    print(f"{took:.1f} s\n{screen}")
    reached = [node["reached"] for node in said["nodes"]]
    assert (code, reached) == (1, [True, True, False, True])
    assert took < 30
    assert spare not in screen + json.dumps(said)
