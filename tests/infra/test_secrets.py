"""A secret is read through its reference, and its absence told without it."""

from pathlib import Path

import pytest

from infra import secrets


def test_a_file_is_read_without_its_trailing_newline(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("canary\n")
    assert secrets.read(f"file:{tmp_path}/key") == "canary"


def test_a_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFRA_TEST_KEY", "canary")
    assert secrets.read("env:INFRA_TEST_KEY") == "canary"


def test_a_missing_or_empty_file_is_told_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    for name in ("none", "empty"):
        with pytest.raises(secrets.SecretError, match=name):
            secrets.read(f"file:{tmp_path}/{name}")


def test_references_are_found_with_their_places() -> None:
    found = secrets.references({"_sudo": True, "role": {"keys": {"a": "env:K"}, "text": "plain"}})
    assert list(found) == [("role.keys.a", "env:K")]
