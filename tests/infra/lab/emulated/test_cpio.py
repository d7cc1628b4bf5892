import subprocess
from pathlib import Path

from infra.lab.emulated.cpio import Packed, archive

FILES = {
    "init": Packed(b"#!/bin/sh\n", mode=0o755),
    "host/etc/hostname": Packed(b"iron-1\n"),
    "host/root/.ssh/authorized_keys": Packed(b"", mode=0o600),
}


def unpack(content: bytes, into: Path) -> None:
    into.mkdir()
    command = ["busybox", "cpio", "-idm", "--quiet"]
    subprocess.run(command, input=content, cwd=into, check=True)


def test_another_program_unpacks_the_files_with_their_modes(tmp_path: Path) -> None:
    root = tmp_path / "root"
    unpack(archive(FILES), root)
    found = {
        str(path.relative_to(root)): Packed(path.read_bytes(), mode=path.stat().st_mode & 0o777)
        for path in root.rglob("*")
        if path.is_file()
    }
    assert found == FILES


def test_every_part_begins_at_a_multiple_of_four() -> None:
    assert len(archive({"odd": Packed(b"12345")})) % 4 == 0
