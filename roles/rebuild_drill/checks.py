"""What is true of a node that can be rebuilt in time."""

from datetime import datetime, timezone

import pytest
from testinfra.host import Host

from infra.judgement import not_concerned
from roles.rebuild_drill import newest
from roles.rebuild_drill.settings import RebuildDrillSettings


def check_rebuild_is_under_budget(host: Host, settings: RebuildDrillSettings) -> None:
    """The newest drill rebuilt this configuration from clean, in time and not too long ago."""
    try:
        found = newest.parse(host.run(newest.COMMAND).stdout)
    except ValueError as broken:
        pytest.fail(str(broken))
    missing = None
    if found is None:
        missing = "the node was never drilled: infra drill"
    elif found.simulated and not settings.simulated:
        missing = "the newest drill was of simulated hardware"
    if missing is not None:
        pytest.skip(missing) if settings.has_policy else not_concerned(missing)
    assert found is not None
    wrong = list(newest.problems(found, settings=settings, now=datetime.now(timezone.utc)))
    assert not wrong, "; ".join(wrong)
