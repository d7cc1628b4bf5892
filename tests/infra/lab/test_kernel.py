"""The kernel's metapackage has its distribution's name and says that it is a stand-in."""

import subprocess
from pathlib import Path

import pytest

from infra.lab.deb import deb
from infra.lab.kernel import package
from infra.lab.spec import LabHost


@pytest.mark.parametrize(
    ("os", "name"), [("ubuntu-24.04", "linux-image-generic"), ("debian-13", "linux-image-amd64")]
)
def test_dpkg_reads_the_package(tmp_path: Path, os: str, name: str) -> None:
    host = LabHost.model_validate({"name": "h", "address": "10.77.0.9", "user": "root", "os": os})
    made = package(host)
    (tmp_path / made.file_name).write_bytes(deb(made))
    said = subprocess.run(
        ["dpkg-deb", "--info", tmp_path / made.file_name],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert f"Package: {name}\n" in said
    assert "stand-in" in said
