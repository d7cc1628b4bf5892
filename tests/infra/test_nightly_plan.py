"""What an inventory's nights are to be."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.nightly_plan import known, planned
from infra.site import load

ROOT = Path(__file__).resolve().parents[2]
SAID: dict[str, Any] = {
    "at": "02:30",
    "jitter": "15m",
    "reports": None,
    "keep_days": 90,
    "pages": (),
    "textfile": None,
    "hook": None,
    "gate_minutes": 5,
}
SITE = load(ROOT / "inventories" / "lab.py", allow_unlocked=True)


def test_a_plan_is_known_again_by_its_inventory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    made = planned(SITE, SAID, credentials={}, system=True)
    assert made.every_unit == known(Path("inventories/lab.py")).every_unit


def test_a_night_sees_where_state_lies_and_no_other_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/srv/state")
    monkeypatch.setenv("API_KEY", "secret")
    made = planned(SITE, SAID, credentials={}, system=True)
    assert made.environment["XDG_STATE_HOME"] == "/srv/state"
    assert "API_KEY" not in made.environment
    assert made.reports.parts[:3] == ("/", "srv", "state")


def test_without_a_balancer_there_is_no_gate() -> None:
    alone = replace(SITE, nodes=SITE.offering("inference_engine"))
    assert planned(SITE, SAID, credentials={}, system=True).gate_minutes == 5
    assert planned(alone, SAID, credentials={}, system=True).gate_minutes == 0
