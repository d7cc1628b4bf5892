import os
from pathlib import Path

import pytest

from roles.load_balancer.program import files


def test_a_file_is_written_whole_and_for_all_to_read(tmp_path: Path) -> None:
    at = tmp_path / "new" / "file"
    before = os.umask(0o077)
    files.write(str(at), "text")
    os.umask(before)
    assert (at.read_text(), at.stat().st_mode & 0o777) == ("text", 0o644)
    assert list(at.parent.iterdir()) == [at]


def test_what_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    at = tmp_path / "file"
    at.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        files.write(str(at), "\ud800")
    assert at.read_text() == "old"
    assert list(tmp_path.iterdir()) == [at]


def test_the_last_one_is_brought_back(tmp_path: Path) -> None:
    at = str(tmp_path / "file")
    for old in ("a", "b"):
        files.write(at, old)
        files.keep(at)
        files.write(at, "new")
        files.bring_back(at)
        assert files.text_of(at) == old


def test_where_there_was_none_none_is_left(tmp_path: Path) -> None:
    at = str(tmp_path / "file")
    files.keep(at)
    files.write(at, "new")
    files.bring_back(at)
    assert files.text_of(at) is None


def test_two_are_never_at_it_at_once(tmp_path: Path) -> None:
    lock = str(tmp_path / "lock")
    with (
        files.locked(lock),
        pytest.raises(files.Failed, match="try later"),
        files.locked(lock, seconds=0.0),
    ):
        pass
    with files.locked(lock, seconds=0.0):
        pass
