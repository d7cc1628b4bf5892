"""Files and folders are read as people save them, and what cannot be read says why."""

import os
from pathlib import Path

import pytest

from roles.pcie_topology.explain import reading


def _only(path: Path) -> reading.Source:
    (source,) = reading.sources([str(path)])
    return source


def test_a_folder_gives_its_files_in_order_each_once(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    found = [source.file for source in reading.sources([str(tmp_path), str(tmp_path / "b.txt")])]
    assert found == [str(tmp_path / name) for name in ("a/c.txt", "a/z.txt", "b.txt")]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("GPU 0 – ok".encode(), "GPU 0 – ok"),
        ("GPU 0".encode("utf-16"), "GPU 0"),
        (b"\xef\xbb\xbfGPU 0", "GPU 0"),
        (b"GPU 0: 45 \xb0C\n", "GPU 0: 45 °C\n"),
        (b"", ""),
    ],
)
def test_text_of_every_common_encoding_is_read(tmp_path: Path, content: bytes, text: str) -> None:
    (tmp_path / "out").write_bytes(content)
    assert _only(tmp_path / "out") == reading.Source(str(tmp_path / "out"), text=text)


@pytest.mark.parametrize("content", [b"\x1f\x8b\x08\x00\x01\x02", b"\x80\x81\x02\x03\x04\x9f" * 9])
def test_what_is_no_text_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "sys.tgz").write_bytes(content)
    assert "is no text" in _only(tmp_path / "sys.tgz").problem


def test_a_missing_file_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    assert _only(tmp_path / "none").problem == f"{tmp_path}/none: there is no such file"
    assert "no file in this folder" in _only(tmp_path).problem


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_of_others_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    (tmp_path / "out").chmod(0)
    assert "may not be read" in _only(tmp_path / "out").problem


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    child = os.fork()
    if child == 0:
        (tmp_path / "pipe").write_text("GPU 0")
        os._exit(0)
    assert _only(tmp_path / "pipe").text == "GPU 0"
    os.waitpid(child, 0)
