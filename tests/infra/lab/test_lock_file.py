from pathlib import Path

import pytest
import yaml

from infra import lock
from infra.lab.engine_image import ImageLock
from infra.lab.files import ModelFile
from infra.lab.lock_file import Made, short_name, write
from infra.lab.mirror import Mirror

MODEL = "SmolLM2-135M-Instruct.Q4_1.gguf"


@pytest.fixture
def made() -> Made:
    return Made(
        mirror=Mirror(
            url_by_suite={"trixie": "http://10.77.0.2/apt/trixie/"},
            key_armored="-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n",
            versions={"dkms": ("3.2.2-1",)},
        ),
        images={
            "llama_cpp": ImageLock("ghcr.io/ggml-org/llama.cpp:b1", digest="sha256:00"),
            "gpu_probe": ImageLock("ghcr.io/infra-tools/gpu-probe:lab", digest="sha256:01"),
        },
        models=[ModelFile(MODEL, url=f"http://10.77.0.2/models/{MODEL}", sha256="11", size=5)],
        simulated=("gpu-1: everything",),
    )


def test_an_inventorys_references_are_answered(tmp_path: Path, made: Made) -> None:
    write(tmp_path / "lab.lock.yaml", made)
    known = lock.read(tmp_path / "lab.py")
    assert known is not None
    assert lock.resolve("lock:images.llama_cpp", known) == "ghcr.io/ggml-org/llama.cpp:b1@sha256:00"
    assert lock.resolve("lock:images.gpu_probe", known).endswith("gpu-probe:lab@sha256:01")
    assert lock.resolve("lock:models.smollm2-135m.sha256", known) == "11"
    assert lock.resolve("lock:apt.trixie.key", known) == made.mirror.key_armored


def test_a_lock_that_says_the_same_keeps_its_time(tmp_path: Path, made: Made) -> None:
    path = tmp_path / "lock.yaml"
    write(path, made)
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "made": "then"}))
    write(path, made)
    assert yaml.safe_load(path.read_text())["made"] == "then"


@pytest.mark.parametrize("text", ["", "- a list", "a: {", "made: then"])
def test_a_damaged_lock_is_written_anew(tmp_path: Path, made: Made, text: str) -> None:
    (tmp_path / "lock.yaml").write_text(text)
    write(tmp_path / "lock.yaml", made)
    assert yaml.safe_load((tmp_path / "lock.yaml").read_text())["packages"] == {"dkms": ["3.2.2-1"]}


def test_a_models_short_name_holds_no_dot() -> None:
    assert short_name(MODEL) == "smollm2-135m"
