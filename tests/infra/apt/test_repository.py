"""A repository's key comes as text or from a file."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from infra.apt import AptRepository

KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n-----END PGP PUBLIC KEY BLOCK-----\n"


def repository(key: str) -> AptRepository:
    return AptRepository(uri="http://mirror/apt", suites=("/",), key=key)


def test_a_key_in_a_file_is_the_same_as_its_text(tmp_path: Path) -> None:
    path = tmp_path / "key.asc"
    path.write_text(KEY)
    assert repository(f"file:{path}") == repository(KEY)


def test_a_path_is_seen_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "key.asc").write_text(KEY)
    monkeypatch.chdir(tmp_path)
    assert repository("file:keys/key.asc").key == KEY


@pytest.mark.parametrize("content", [b"", b"hello", b"\x99\x01\x0d\x04", b"# a\n" + KEY.encode()])
def test_a_file_that_is_no_armored_key_is_refused_unseen(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.gpg"
    path.write_bytes(content)
    with pytest.raises(ValidationError, match="no ASCII-armored key") as wrong:
        repository(f"file:{path}")
    assert "hello" not in str(wrong.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="No such file or directory; fetch"):
        repository(f"file:{tmp_path / 'key.asc'}")


def test_a_text_that_is_no_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="no ASCII-armored key"):
        repository("TO DECIDE")


def test_one_key_has_one_path_whichever_repository_names_it() -> None:
    key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\nA\n"
    one = AptRepository(uri="http://m/a", suites=("s",), components=("main",), key=key)
    two = AptRepository(uri="http://m/a", suites=("s",), components=("extra",), key=key)
    assert one.keyring == two.keyring
    assert one.digest != two.digest
    assert "Components: main\n" in one.sources()


def test_a_flat_repository_has_no_components_line() -> None:
    key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
    assert "Components" not in AptRepository(uri="http://m", suites=("/",), key=key).sources()
