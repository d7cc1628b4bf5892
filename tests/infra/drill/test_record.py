"""What a drill came to."""

from datetime import datetime, timezone
from typing import Any

from infra.drill.lost import Lost
from infra.drill.record import Checks, Failure, Record, Stage, with_stage


def record(**given: Any) -> Record:  # noqa: ANN401
    usual: dict[str, Any] = {
        "inventory": "inventories/lab.py",
        "node": "gpu-2",
        "by": "mara@laptop",
        "started": datetime(2026, 11, 21, 13, 0, tzinfo=timezone.utc),
        "seconds": 160.0,
        "budget_seconds": 3600.0,
        "simulated": True,
        "driver": "lab",
        "lock": "sha256:aa",
        "stages": (Stage("drain", 0.0, 3.0, estimate=3.0), Stage("downloads", None, 9.0, "part")),
        "checks": Checks(passed=61),
        "lost": (),
    }
    return Record(**{**usual, **given})


def test_a_drill_within_its_budget_is_ok() -> None:
    assert record().result == "ok"
    assert record(seconds=3600.1).result == "over_budget"


def test_a_failure_counts_more_than_the_time() -> None:
    failed = record(seconds=9999.0, failure=Failure("wipe", "no such machine"))
    assert (failed.result, failed.as_json()["failed_stage"]) == ("failed", "wipe")


def test_the_json_is_what_others_read() -> None:
    said = record(lost=(Lost("13:01:00", "status 503 to lab"),)).as_json()
    assert said["hardware"] == "simulated"
    assert said["requests_lost"] == 1
    assert said["checks"] == {"passed": 61, "failed": 0, "unproven": 0}
    assert said["stages"][0]["seconds"] == 3.0
    assert said["estimate_seconds"] == 3.0


def test_real_hardware_is_not_estimated() -> None:
    assert record(simulated=False).as_json()["estimate_seconds"] is None


def test_losses_that_nobody_could_count_are_not_none_lost() -> None:
    assert record(lost=None).as_json()["requests_lost"] is None


def test_a_stage_that_was_begun_before_keeps_its_seconds_and_its_place() -> None:
    stages = [Stage("drain", 0.0, 3.0), Stage("gpu_driver", 9.0, 20.0, "role", received=100)]
    again = Stage("gpu_driver", 90.0, 5.0, "role", note="", received=7, reboots=1)
    both = with_stage(stages, again)[1]
    assert (both.started, both.seconds, both.received, both.reboots) == (9.0, 25.0, 107, 1)
