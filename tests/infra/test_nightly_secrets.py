"""What a night would lack."""

from pathlib import Path

import pytest

from infra.nightly_secrets import credentials, mistakes, strangers, without_key
from infra.site import Node, Site


def site(reference: str, **connection: str) -> Site:
    data = {"_sudo_password": reference, **connection}
    return Site("rack", Path("rack.py"), (Node("gpu-1", "gpu_nodes", "a", {}, connection=data),))


def told(reference: str, folder: Path, given: dict[str, Path] | None = None) -> list[str]:
    made = site(reference)
    return [str(one) for one in mistakes(made, credentials(made, given or {}, folder=folder))]


def test_a_variable_is_refused_with_what_to_write_instead(tmp_path: Path) -> None:
    assert told("env:SUDO", tmp_path) == [
        "rack.py: gpu-1: _sudo_password: env:SUDO is not set at night; refer to it as "
        '"credential:SUDO", which systemd hands over, or "file:/path"'
    ]


def test_a_credential_is_looked_for_where_it_is_given_else_in_the_folder(tmp_path: Path) -> None:
    made = site("credential:sudo")
    assert credentials(made, {}, folder=tmp_path) == {"sudo": tmp_path / "sudo"}
    assert credentials(made, {"sudo": Path("/x")}, folder=tmp_path) == {"sudo": Path("/x")}


def test_a_file_for_a_credential_that_nothing_refers_to_is_a_slip(tmp_path: Path) -> None:
    given = {"sudo": tmp_path, "sodu": tmp_path}
    assert strangers(site("credential:sudo"), given) == ("sodu",)


def test_a_credential_that_is_not_there_is_told_with_its_place(tmp_path: Path) -> None:
    (found,) = told("credential:sudo", tmp_path)
    assert f"credential:sudo: {tmp_path}/sudo: No such file or directory; put the" in found


@pytest.mark.parametrize(("mode", "fine"), [(0o600, True), (0o640, False), (0o644, False)])
def test_a_credential_is_for_its_owner_alone(tmp_path: Path, mode: int, fine: bool) -> None:
    (tmp_path / "sudo").write_text("secret")
    (tmp_path / "sudo").chmod(mode)
    assert (told("credential:sudo", tmp_path) == []) is fine


@pytest.mark.parametrize(("mode", "fine"), [(0o600, True), (0o644, False)])
def test_a_file_is_read_as_at_night(tmp_path: Path, mode: int, fine: bool) -> None:
    (tmp_path / "sudo").write_text("secret")
    (tmp_path / "sudo").chmod(mode)
    assert (told(f"file:{tmp_path / 'sudo'}", tmp_path) == []) is fine


def test_nodes_without_a_key_of_their_own_are_told() -> None:
    assert without_key(site("file:/x")) == ("gpu-1",)
    assert without_key(site("file:/x", ssh_key="/root/key")) == ()
