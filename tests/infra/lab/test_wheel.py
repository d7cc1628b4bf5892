"""Wheels by hash: from a package index of the test's own, through real pip."""

import zipfile
from pathlib import Path

import pytest

from infra.lab.checksum import sha256
from infra.lab.shell import LabError
from infra.lab.wheel import Wheel, extract

INFO = "tiny_model-1.0.dist-info"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel in a folder, and a pip that knows nothing else."""
    file = tmp_path / "index" / "tiny_model-1.0-py3-none-any.whl"
    file.parent.mkdir()
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr("tiny_model/model.gguf", "weights")
        wheel.writestr("tiny_model/code.py", "raise SystemExit")
        wheel.writestr(
            f"{INFO}/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n"
        )
        wheel.writestr(f"{INFO}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{INFO}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(file.parent))
    return file


def test_only_the_wanted_member_is_unpacked(index: Path, tmp_path: Path) -> None:
    into = tmp_path / "out"
    into.mkdir()
    wheel = Wheel(name="tiny-model", version="1.0", sha256=sha256(index))
    extract(wheel, into=into, members="tiny_model/model.gguf")
    found = [str(path.relative_to(into)) for path in into.rglob("*") if path.is_file()]
    assert found == ["tiny_model/model.gguf"]


def test_a_wheel_with_another_checksum_is_refused(index: Path, tmp_path: Path) -> None:
    wheel = Wheel(name="tiny-model", version="1.0", sha256="0" * 64)
    with pytest.raises(LabError, match="pip"):
        extract(wheel, into=tmp_path)
    assert not (tmp_path / "tiny_model").exists()
