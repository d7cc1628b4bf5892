"""A file is there whole or not at all."""

from pathlib import Path

import pytest

from infra.files import write_atomic


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "f"
    write_atomic(path, "old", mode=0o600)
    with pytest.raises(UnicodeEncodeError):
        write_atomic(path, "\udc80")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["f"]
    assert path.stat().st_mode & 0o777 == 0o600
