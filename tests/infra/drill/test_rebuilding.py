"""A role of the deploy as a stage of the drill."""

from infra.drill.rebuilding import stage_of
from infra.outcome import OperationOutcome, RoleOutcome

DONE = RoleOutcome(
    "gpu_driver",
    operations=(
        OperationOutcome("Install pinned driver packages", True, 12.0),
        OperationOutcome("Write driver preferences", True, 1.0),
        OperationOutcome("Boot with pinned module", True, 8.0),
        OperationOutcome("Reboot", False, 0.0),
    ),
    seconds=22.0,
)


def test_fetching_and_reboots_are_parts_of_a_role() -> None:
    found = stage_of(DONE, ended=50.0, received=1000)
    assert (found.started, found.seconds, found.kind) == (28.0, 22.0, "role")
    assert (found.fetching, found.rebooting, found.reboots, found.received) == (12.0, 8.0, 1, 1000)


def test_a_role_that_failed_says_so() -> None:
    failed = RoleOutcome("gpu_driver", seconds=3.0, error="no such package")
    assert stage_of(failed, ended=3.0, received=0).note == "failed"
