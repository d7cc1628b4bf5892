"""What is read of roles' folders."""

from pathlib import Path

import pytest

from infra import manual, role


def test_a_roles_checks_are_read_without_importing_them(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    text = "import nowhere\ndef check_b(host): ...\ndef _no(): ...\ndef check_a(host): ...\n"
    (tmp_path / "r" / "checks.py").write_text(text)
    assert manual.checks("r", root=tmp_path) == ("check_b", "check_a")
    assert manual.checks("absent", root=tmp_path) == ()


def test_what_to_do_is_the_last_cell_of_its_row(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "README.md").write_text(
        "| check | it failed because | what to do |\n|---|---|---|\n"
        "| `check_a` | someone \\| something did it | deploy; `a \\| b` |\n"
    )
    assert manual.todo("r", "check_a", root=tmp_path) == "deploy; `a | b`"
    assert manual.todo("r", "check_b", root=tmp_path) == ""
    assert manual.todo("absent", "check_a", root=tmp_path) == ""


@pytest.mark.parametrize("name", role.names())
def test_every_check_says_what_to_do(name: str) -> None:
    assert not [check for check in manual.checks(name) if not manual.todo(name, check)]
