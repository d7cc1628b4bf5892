"""A node asked over a real SSH connection."""

from pathlib import Path
from typing import Any

import paramiko
import pytest

from infra.session import NoAnswerError, Session
from infra.site import Node


class Server:
    """The shape of the fixture in conftest.py."""

    commands: list[str]
    data: dict[str, Any]

    def drop(self) -> None: ...
    def pin(self, key: paramiko.PKey) -> None: ...


def session(data: dict[str, Any]) -> Session:
    return Session(Node("n", "group", "127.0.0.1", {}, connection=data))


@pytest.fixture
def uid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `id` prints on the server."""
    program = tmp_path / "bin" / "id"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return program


def test_a_root_login_is_asked_as_it_is(server: Server, uid: Path) -> None:
    asked = session(server.data)
    asked.open()
    assert asked.problem is None
    answer = asked.run("printf 'a\\n\\377\\n'; echo wrong >&2; exit 3", seconds=10)
    assert (answer.status, answer.stdout, answer.stderr) == (3, b"a\n\xff\n", b"wrong\n")
    assert not any("sudo" in command for command in server.commands)


def test_a_login_that_is_not_root_proves_nothing(server: Server, uid: Path) -> None:
    uid.write_text("#!/bin/sh\necho 1000\n")
    asked = session(server.data)
    asked.open()
    assert asked.problem == ("unproven without root (logged in as user 1000): set _sudo = True")


def test_sudo_that_wants_a_password_is_named(server: Server, uid: Path) -> None:
    sudo = uid.with_name("sudo")
    sudo.write_text("#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n")
    sudo.chmod(0o755)
    asked = session({**server.data, "_sudo": True})
    asked.open()
    assert asked.problem is not None and "sudo: a password is required" in asked.problem
    assert server.commands[-1].startswith("sudo -H -n -u root sh -c")


def test_a_lost_connection_is_lost_for_good(server: Server, uid: Path) -> None:
    asked = session(server.data)
    asked.open()
    server.drop()
    for _ in range(2):
        with pytest.raises(NoAnswerError, match="connection lost"):
            asked.run("true", seconds=10)
    assert len(server.commands) == 1


def test_a_changed_host_key_is_refused(server: Server, uid: Path) -> None:
    server.pin(paramiko.ECDSAKey.generate())
    asked = session(server.data)
    asked.open()
    assert asked.problem is not None and "host key" in asked.problem
    with pytest.raises(NoAnswerError, match="unreachable"):
        asked.run("true", seconds=10)
    assert server.commands == []


def test_a_missing_secret_is_told(server: Server) -> None:
    asked = session({**server.data, "_sudo": True, "_sudo_password": "env:NO_SUCH_SECRET"})
    asked.open()
    assert asked.problem == (
        "unreachable: env:NO_SUCH_SECRET: nothing there; set it on the control host"
    )
