"""Answers of a host are parsed, and unsupported systems refused by name."""

import subprocess
from pathlib import Path

import pytest

from infra import observed


def sh(command: str) -> list[str]:
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_a_real_file_is_described(tmp_path: Path) -> None:
    path = tmp_path / "with space"
    path.write_text("x")
    path.chmod(0o640)
    found = observed.parse_stat(sh(observed.stat_command(str(path))))
    assert found is not None
    assert found.mode == "640"
    assert found.sha256.startswith("2d711642b726b044")


def test_a_missing_file_and_a_folder_are_none(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        assert observed.parse_stat(sh(observed.stat_command(str(path)))) is None


def test_only_fully_installed_packages_count() -> None:
    lines = [
        "nginx 1.22.1-9 install installed",
        "docker.io 26.1.5 hold installed",
        "half 1 install half-configured",
        "gone 1 deinstall config-files",
        "never  unknown not-installed",
    ]
    assert observed.parse_packages(lines) == {
        "nginx": observed.Package("1.22.1-9", held=False),
        "docker.io": observed.Package("26.1.5", held=True),
    }


def test_a_unit_that_systemd_does_not_know_is_not_found() -> None:
    assert observed.parse_unit([]).load == "not-found"


OS = {"id": "ubuntu", "version": "24.04", "codename": "noble", "arch": "x86_64"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, None),
        ({"id": "debian", "version": "13"}, None),
        ({"version": "20.04"}, "ubuntu 20.04 on x86_64 is not supported; infra deploys"),
        ({"id": "fedora", "version": "44"}, "fedora 44 on x86_64 is not supported"),
        ({"arch": "aarch64"}, "ubuntu 24.04 on aarch64 is not supported"),
        ({"id": "", "version": ""}, "unknown system on x86_64 is not supported"),
    ],
)
def test_systems_are_refused_by_name(changes: dict[str, str], sentence: str | None) -> None:
    found = observed.refusal(observed.Os(**{**OS, **changes}))
    assert (found is None) if sentence is None else (found or "").startswith(sentence)


def test_os_release_is_read_with_and_without_quotes() -> None:
    found = observed.parse_os(
        ["ID=ubuntu", 'VERSION_ID="24.04"', "VERSION_CODENAME=noble", "ARCH=x86_64"]
    )
    assert found == observed.Os(**OS)
