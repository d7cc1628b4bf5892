"""A machine grants enough inotify instances, and keeps what it granted beyond that."""

from pathlib import Path

import pytest

from infra.lab import watches


@pytest.mark.parametrize(("before", "after"), [("128", 1024), ("1024", 1024), ("8192", 8192)])
def test_the_limit_is_raised_and_never_lowered(tmp_path: Path, before: str, after: int) -> None:
    limit = tmp_path / "max_user_instances"
    limit.write_text(f"{before}\n")
    watches.ensure(limit)
    assert int(limit.read_text()) == after
