"""Whether the newest record proves that the node can be rebuilt in time."""

import json
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from infra.node_state import FOLDER
from roles.rebuild_drill import checks, newest
from roles.rebuild_drill.settings import RebuildDrillSettings

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=timezone.utc)
LOCK = "sha256:aa"


def said(**given: Any) -> str:  # noqa: ANN401
    record = {
        "result": "ok",
        "error": None,
        "seconds": 2400.0,
        "budget_seconds": 3600.0,
        "finished": (NOW - timedelta(days=3)).isoformat(),
        "hardware": "real",
        "lock": LOCK,
        **given,
    }
    return json.dumps(record) + "\n\n--- deployed\n" + json.dumps({"lock": LOCK})


def problems(text: str, **policy: int) -> list[str]:
    found = newest.parse(text)
    assert found is not None
    return list(newest.problems(found, settings=RebuildDrillSettings(**policy), now=NOW))


def test_a_good_young_record_of_this_configuration_is_proof() -> None:
    assert problems(said()) == []
    assert problems(said(), budget_minutes=40, max_age_days=3) == []


def test_the_policy_is_stricter_than_the_drills_own_budget() -> None:
    assert problems(said(), budget_minutes=39) == ["the drill took 40.0 min of 39 min"]


def test_a_drill_over_its_own_budget_is_none_even_within_the_policy() -> None:
    over = said(result="over_budget", seconds=120.0, budget_seconds=60.0)
    assert problems(over) == ["the drill took 2.0 min of 1 min"]


def test_a_failed_drill_says_why() -> None:
    assert problems(said(result="failed", error="wipe: no such machine")) == [
        "the drill failed: wipe: no such machine"
    ]


def test_a_result_that_nobody_knows_is_no_proof() -> None:
    assert problems(said(result="skipped")) == ["the drill came to 'skipped', which is not ok"]


def test_an_old_one_is_too_old_only_where_there_is_a_policy() -> None:
    old = said(finished=(NOW - timedelta(days=91)).isoformat())
    assert problems(old) == []
    assert problems(old, max_age_days=90) == ["the drill is 91 days old, allowed 90"]


def test_another_configuration_is_not_proven() -> None:
    assert problems(said(lock="sha256:bb")) == [
        "the drill proved another configuration than the node was last deployed with"
    ]
    unknown = said().partition("--- deployed")[0] + "--- deployed\n"
    assert problems(unknown) == ["what the node was last deployed with is not known"]


def test_no_record_is_none_and_a_broken_one_an_error() -> None:
    assert newest.parse("\n--- deployed\n{}") is None
    zoneless = said(finished="2026-11-20T14:00:00")
    for text in ("{\n--- deployed\n", '{"result": "ok"}\n--- deployed\n', zoneless):
        with pytest.raises(ValueError, match="is no record of a drill; drill the node again"):
            newest.parse(text)


class Host:
    """A host that answers every command with a text."""

    def __init__(self, text: str) -> None:
        self.stdout = text

    def run(self, command: str) -> "Host":
        return self


def test_a_broken_record_fails_whether_there_is_a_policy_or_not() -> None:
    """It was there, and proves nothing: a power cut may have cut it short."""
    host = Host(said()[:40] + "\n--- deployed\n")
    with pytest.raises(pytest.fail.Exception, match="drill the node again"):
        checks.check_rebuild_is_under_budget(host, RebuildDrillSettings())


def test_what_the_node_prints_is_what_is_parsed(tmp_path: Path) -> None:
    text = said()
    record, _, deployed = text.partition("\n--- deployed\n")
    (tmp_path / "last_drill.json").write_text(record)
    (tmp_path / "last_deploy.json").write_text(deployed)
    command = newest.COMMAND.replace(FOLDER, str(tmp_path))
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert newest.parse(done.stdout) == newest.parse(text)
