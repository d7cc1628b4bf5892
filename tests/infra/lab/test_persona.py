from typing import get_args

import pytest

from infra.lab import persona
from infra.lab.hostfile import HostFile
from infra.lab.spec import LabHost, OsName


def _files(user: str, os_name: OsName = "debian-13", ca: str | None = "CA") -> dict[str, HostFile]:
    host = LabHost(name="n1", address="10.77.0.9", user=user, os=os_name)
    return dict(persona.files(host, login_key="PUBLIC", host_key="PRIVATE", ca=ca))


def test_a_user_with_sudo_logs_in_where_root_does_not() -> None:
    files = _files("ubuntu")
    assert files["home/ubuntu/.ssh/authorized_keys"].text == "PUBLIC"
    assert "root/.ssh/authorized_keys" not in files
    assert "PermitRootLogin no" in files["etc/ssh/sshd_config.d/60-cloudimg-settings.conf"].text
    assert files["etc/sudoers.d/90-cloud-init-users"] == HostFile(
        "ubuntu ALL=(ALL) NOPASSWD:ALL\n", mode=0o440
    )


def test_root_logs_in_by_key_alone() -> None:
    files = _files("root")
    sshd = files["etc/ssh/sshd_config.d/60-cloudimg-settings.conf"].text
    assert files["root/.ssh/authorized_keys"].mode == 0o600
    assert "PermitRootLogin prohibit-password" in sshd
    assert "PasswordAuthentication no" in sshd


@pytest.mark.parametrize("os_name", [name for name in get_args(OsName) if "ubuntu" in name])
def test_an_ubuntu_host_says_its_version(os_name: OsName) -> None:
    files, version = _files("root", os_name), os_name.removeprefix("ubuntu-")
    assert f'VERSION_ID="{version}"\n' in files["usr/lib/os-release"].text
    assert "\nID=ubuntu\n" in files["usr/lib/os-release"].text
    assert f"DISTRIB_RELEASE={version}\n" in files["etc/lsb-release"].text


def test_a_debian_host_keeps_its_own_release() -> None:
    assert "usr/lib/os-release" not in _files("root", "debian-12")


def test_private_host_keys_are_for_root_alone() -> None:
    assert _files("root")["etc/ssh/ssh_host_ed25519_key"] == HostFile("PRIVATE", mode=0o600)


def test_every_host_has_an_identity_of_its_own() -> None:
    assert _files("root")["etc/machine-id"] != _files("root")["etc/machine-id"]


def test_the_registry_is_found_under_the_public_registries_names() -> None:
    line = next(x for x in _files("root")["etc/hosts"].text.splitlines() if "ghcr.io" in x)
    assert line.startswith("10.77.0.2 ")
