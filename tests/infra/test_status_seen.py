"""Since when a node is unreachable."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from infra.status import Look
from infra.status_seen import dated

FIRST = datetime(2026, 11, 21, 2, 51, tzinfo=timezone.utc)


def looked(inventory: Path, *, at: datetime, away: bool) -> str:
    look = Look("a", problem="timed out" if away else None)
    return dated({"a": look}, inventory=inventory, now=at)["a"].since


@pytest.fixture
def inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "rack.py"


def test_it_is_when_it_was_first_found_so(inventory: Path) -> None:
    later = FIRST + timedelta(hours=1)
    assert looked(inventory, at=FIRST, away=True) == FIRST.isoformat()
    assert looked(inventory, at=later, away=True) == FIRST.isoformat()


def test_a_node_that_came_back_begins_anew(inventory: Path) -> None:
    later = FIRST + timedelta(hours=1)
    looked(inventory, at=FIRST, away=True)
    assert looked(inventory, at=FIRST, away=False) == ""
    assert looked(inventory, at=later, away=True) == later.isoformat()


def test_where_nothing_can_be_kept_a_look_is_a_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert looked(tmp_path / "rack.py", at=FIRST, away=True) == FIRST.isoformat()
