"""Every run is kept whole, and the last one knows what failed."""

import json
from pathlib import Path

import pytest

from infra import ledger, place
from infra.outcome import NodeOutcome, OperationOutcome, RoleOutcome


@pytest.fixture
def inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "rack.py"


def ended(name: str, status: str, error: str | None = None) -> NodeOutcome:
    done = OperationOutcome(name="Write file", changed=True, seconds=0.25)
    role = RoleOutcome(role="base_system", operations=(done,), seconds=1.0)
    return NodeOutcome(
        node=name,
        group="gpu_nodes",
        status=status,  # type: ignore[arg-type]
        roles=(role,),
        round_trips=7,
        error=error,
    )


def test_a_run_is_written_with_every_key_that_was_promised(inventory: Path) -> None:
    run = ledger.Ledger(inventory=inventory, command="deploy")
    run.log("gpu-1 $ true")
    content = run.close(nodes=[done.as_json() for done in (ended("gpu-1", "ok"),)])
    assert json.loads((run.folder / "run.json").read_text()) == content
    assert {"inventory", "started", "seconds", "nodes"} <= set(content)
    (node,) = content["nodes"]
    assert {"node", "group", "status", "changed", "unchanged", "seconds"} <= set(node)
    assert (node["changed"], node["unchanged"], node["round_trips"], node["error"]) == (
        1,
        0,
        7,
        None,
    )
    assert {"role", "changed", "unchanged", "seconds"} <= set(node["roles"][0])
    assert run.log_path.read_text().endswith("gpu-1 $ true\n")
    assert {path.stat().st_mode & 0o777 for path in run.folder.iterdir()} == {0o600}


def test_the_last_deploy_knows_who_failed(inventory: Path) -> None:
    assert ledger.failed_last(inventory) == ()
    run = ledger.Ledger(inventory=inventory, command="deploy")
    run.close(
        nodes=[
            done.as_json()
            for done in (
                ended("a", "ok"),
                ended("b", "failed", "x"),
                ended("c", "unreachable", "y"),
            )
        ]
    )
    assert ledger.failed_last(inventory) == ("b", "c")


@pytest.mark.parametrize("left", ["", "{", "[]", '{"nodes": [1]}', '{"exit": 2}'])
def test_a_last_deploy_that_cannot_be_read_stops_no_command(inventory: Path, left: str) -> None:
    path = place.of(inventory) / "last-deploy.json"
    path.parent.mkdir(parents=True)
    path.write_text(left)
    assert ledger.failed_last(inventory) == ()


def test_a_plan_does_not_change_who_failed(inventory: Path) -> None:
    ledger.Ledger(inventory=inventory, command="deploy").close(
        nodes=[done.as_json() for done in (ended("a", "failed", "x"),)]
    )
    ledger.Ledger(inventory=inventory, command="plan").close(
        nodes=[done.as_json() for done in (ended("a", "ok"),)]
    )
    assert ledger.failed_last(inventory) == ("a",)


def test_old_runs_are_forgotten(inventory: Path) -> None:
    runs = place.of(inventory) / "runs"
    for number in range(ledger.KEPT_RUNS + 5):
        (runs / f"2020-{number:04d}-deploy").mkdir(parents=True)
    ledger.Ledger(inventory=inventory, command="deploy").close(nodes=[])
    kept = sorted(folder.name for folder in runs.iterdir())
    assert len(kept) == ledger.KEPT_RUNS
    assert kept[0] == "2020-0006-deploy"


def test_a_timers_runs_do_not_push_out_those_of_a_person(inventory: Path) -> None:
    runs = place.of(inventory) / "runs"
    (runs / "2019-deploy").mkdir(parents=True)
    for number in range(ledger.KEPT_RUNS + 5):
        (runs / f"2020-{number:04d}-gate").mkdir()
    ledger.Ledger(inventory=inventory, command="gate").close(nodes=[])
    assert (runs / "2019-deploy").is_dir()
    assert len(list(runs.iterdir())) == ledger.KEPT_RUNS + 1


def test_two_inventories_of_one_name_do_not_share_their_runs(tmp_path: Path) -> None:
    assert place.of(tmp_path / "a" / "rack.py") != place.of(tmp_path / "b" / "rack.py")
