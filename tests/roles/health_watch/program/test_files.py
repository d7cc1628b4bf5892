from pathlib import Path

import pytest

from roles.health_watch.program.files import (
    admitted_text,
    parse_admitted,
    text_at,
    write_whole,
)


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "state"
    assert text_at(str(path)) == ""
    write_whole(str(path), "one")
    assert (text_at(str(path)), path.stat().st_mode & 0o777) == ("one", 0o644)
    with pytest.raises(OSError):
        write_whole(str(tmp_path / "no" / "folder"), "two")
    assert [found.name for found in tmp_path.iterdir()] == ["state"]


def test_boots_that_were_let_in_are_read_back() -> None:
    assert parse_admitted(admitted_text({"gpu-1": "boot"})) == {"gpu-1": "boot"}
    for text in ("", "{", "[]", '{"nodes": []}'):
        assert parse_admitted(text) == {}
