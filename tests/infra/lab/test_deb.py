import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.lab.deb import Deb, deb

DEMO = Deb(
    control={
        "Package": "demo",
        "Version": "1:2.0-3",
        "Architecture": "amd64",
        "Maintainer": "lab <lab@example.invalid>",
        "Depends": "",
        "Description": "demo\n long text",
    },
    scripts={"postinst": "#!/bin/sh\nexit 0\n"},
    files={"usr/bin/demo": (b"#!/bin/sh\necho demo\n", 0o755)},
    links={"usr/bin/other": "demo"},
)

needs_dpkg = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="no dpkg-deb here")


def ask_dpkg(tmp_path: Path, *args: str) -> str:
    file = tmp_path / DEMO.file_name
    file.write_bytes(deb(DEMO))
    command = ["dpkg-deb", *args[:1], str(file), *args[1:]]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_file_name_leaves_the_epoch_out() -> None:
    assert DEMO.file_name == "demo_2.0-3_amd64.deb"


def test_same_content_gives_same_bytes() -> None:
    assert hashlib.sha256(deb(DEMO)).digest() == hashlib.sha256(deb(DEMO)).digest()


@needs_dpkg
def test_dpkg_reads_the_control_fields_and_no_empty_one(tmp_path: Path) -> None:
    fields = ask_dpkg(tmp_path, "--field")
    assert "Version: 1:2.0-3" in fields
    assert " long text" in fields
    assert "Depends" not in fields


@needs_dpkg
def test_dpkg_unpacks_files_modes_and_links(tmp_path: Path) -> None:
    ask_dpkg(tmp_path, "--extract", str(tmp_path / "root"))
    program = tmp_path / "root/usr/bin/demo"
    assert program.stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "root/usr/bin/other").resolve() == program


@needs_dpkg
def test_dpkg_finds_the_maintainer_script(tmp_path: Path) -> None:
    assert "exit 0" in ask_dpkg(tmp_path, "--info", "postinst")
