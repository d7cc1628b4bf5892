"""What an inventory says of a connection is held strict, and secrets come by reference."""

from pathlib import Path
from typing import Any

import pytest

from infra.connection import connection_of, problems


def told(data: dict[str, Any], host: str = "h") -> list[str]:
    return [": ".join(part for part in pair if part) for pair in problems(host, data)]


def test_a_good_connection_has_no_problems(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.touch()
    data = {
        "ssh_hostname": "10.0.0.1",
        "ssh_port": 2222,
        "ssh_user": "ops",
        "ssh_key": str(key),
        "ssh_key_password": "env:PASSPHRASE",
        "ssh_strict_host_key_checking": "yes",
        "ssh_connect_retry_min_delay": 1,
        "_sudo": True,
        "_sudo_password": "file:~/.secrets/sudo",
        "_note": "second rack",
        "_user": "mine",
    }
    assert told(data) == []


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("ssh_port", "abc", "give a whole number: TCP port of sshd"),
        ("ssh_port", True, "give a whole number"),
        ("ssh_port", 0, "needs a number of at least 1: TCP port"),
        ("ssh_user", 5, "give text in quotes: Who logs in."),
        ("ssh_user", "", "needs at least 1 character: Who logs in."),
        ("_sudo", "yes", "give True or False: Whether the login becomes root"),
        ("ssh_strict_host_key_checking", "accept-new", "host keys are always checked; pin a first"),
        ("ssh_known_hosts_file", "/dev/null", "keeps no host key; leave it out"),
        ("ssh_file_transfer_protocol", "ftp", "give 'sftp' or 'scp'"),
        ("_sudoo", True, "no such connection setting; did you mean _sudo?"),
        ("_sudo_pasword", "x", "no such connection setting; did you mean _sudo_password?"),
        ("_doas", True, "is not supported; infra becomes root by _sudo, or logs in as root"),
        ("_su_user", "root", "is not supported; infra becomes root by _sudo"),
        ("_preserve_sudo_env", True, "is not supported; infra uses sudo without a login shell"),
        ("_env", {}, "is an argument of pyinfra that infra does not take; leave it out"),
        ("_shell_executable", "bash", "is an argument of pyinfra that infra does not take"),
    ],
)
def test_each_mistake_has_its_sentence(key: str, value: object, sentence: str) -> None:
    [line] = told({key: value})
    assert line.startswith(f"{key}: {sentence}")


@pytest.mark.parametrize("key", ["ssh_password", "ssh_key_password", "_sudo_password"])
@pytest.mark.parametrize("value", ["canary-secret", 31337])
def test_a_plain_secret_is_a_mistake_that_does_not_show_it(key: str, value: object) -> None:
    [line] = told({key: value})
    assert line.startswith(f"{key}: ")
    assert str(value) not in line


def test_a_secret_does_not_hide_in_paramikos_arguments() -> None:
    [line] = told({"ssh_paramiko_connect_kwargs": {"password": "canary-secret"}})
    assert "give it as ssh_password, by reference" in line
    assert "canary" not in line


@pytest.mark.parametrize("name", ["a/b", "..", "-x", "a b", "a\n", "x" * 64, "", "ä"])
def test_a_host_has_a_plain_name(name: str) -> None:
    [line] = told({}, name)
    assert line.startswith("is no name for a host")


def test_a_tilde_is_this_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    files = ("ssh_key", "ssh_config_file", "ssh_known_hosts_file")
    data = {key: f"~/{key}" for key in files}
    found = connection_of(data, inventory=Path("rack.py"))
    assert [found[key] for key in files] == [str(tmp_path / key) for key in files]
    assert told(data) == [
        "ssh_key: ~/ssh_key: no such file on this machine",
        "ssh_config_file: ~/ssh_config_file: no such file on this machine",
    ]
    for key in files:
        (tmp_path / key).touch()
    assert told(data) == []


def test_host_keys_need_a_folder_to_lie_in(tmp_path: Path) -> None:
    [line] = told({"ssh_known_hosts_file": str(tmp_path / "none" / "known_hosts")})
    assert line.endswith("no such folder on this machine")


def test_the_labs_files_come_with_the_lab() -> None:
    assert told({"lab": {}, "ssh_key": "/none/key", "ssh_known_hosts_file": "/none/known"}) == []
