"""What lies in the engine's image."""

from pathlib import Path

import pytest

from infra.lab import elf, engine_root
from infra.lab.oci import File, Link, Tree
from infra.lab.shell import LabError

SERVER = Path("/bin/sh").resolve()
"""A program of this machine, linked to libc.so.6 and maybe more."""


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """A wheel's programs and licences, and a system with a shell and a loader."""
    for folder in ("programs", "licenses", "system/lib/x86_64-linux-gnu", "system/bin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "programs/llama-server").write_bytes(SERVER.read_bytes())
    (tmp_path / "programs/unused.so").touch()
    (tmp_path / "licenses/LICENSE").touch()
    (tmp_path / "system/bin/busybox").touch()
    (tmp_path / "system/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2").touch()
    return tmp_path


def tree(parts: Path) -> Tree:
    places = {name: parts / name for name in ("programs", "licenses", "system")}
    return engine_root.tree(**places, applets=("sh",))


def library(parts: Path, folder: str) -> None:
    for name in elf.needed(SERVER):
        (parts / folder / name).touch()


def test_libraries_of_the_wheel_lie_beside_the_server(parts: Path) -> None:
    library(parts, "programs")
    made = tree(parts)
    assert made["app/libc.so.6"] == File(parts / "programs/libc.so.6")
    assert made["app/llama-server"] == File(parts / "programs/llama-server", mode=0o755)


def test_libraries_of_the_system_lie_where_its_loader_looks(parts: Path) -> None:
    library(parts, "system/lib/x86_64-linux-gnu")
    made = tree(parts)
    assert "lib/x86_64-linux-gnu/libc.so.6" in made
    assert "lib64/ld-linux-x86-64.so.2" in made


def test_a_library_that_nothing_brings_is_told(parts: Path) -> None:
    with pytest.raises(LabError, match=r"needs lib\S+, which none of its packages brings"):
        tree(parts)


def test_nothing_that_the_server_does_not_need_is_in_it(parts: Path) -> None:
    library(parts, "programs")
    assert "app/unused.so" not in tree(parts)


def test_people_find_a_shell(parts: Path) -> None:
    library(parts, "programs")
    assert tree(parts)["bin/sh"] == Link("busybox")
