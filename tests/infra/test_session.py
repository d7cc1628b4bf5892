"""A node asked over a real SSH connection."""

import json
from pathlib import Path
from typing import Any

import paramiko
import pytest

from infra.deploying import Holder, Lease
from infra.gate import Gate, Standing
from infra.session import NoAnswerError, Session
from infra.site import Node
from infra.stage import connected
from infra.transport import Connector
from infra.wire import Wire


class Server:
    """The shape of the fixture in conftest.py."""

    commands: list[str]
    data: dict[str, Any]

    def drop(self) -> None: ...
    def pin(self, key: paramiko.PKey) -> None: ...


def session(data: dict[str, Any], *, folder: Path = Path("/nonexistent")) -> Session:
    return Session(Node("n", "group", "127.0.0.1", {}, connection=data), folder=str(folder))


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


def test_the_verdicts_are_left_on_the_node_at_the_end(
    server: Server, uid: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "lib"
    asked = session(server.data, folder=folder)
    asked.open()
    before = len(server.commands)
    asked.conclude('{"failed": 0}')
    assert len(server.commands) == before + 1
    assert json.loads((folder / "last_check.json").read_text()) == {"failed": 0}
    assert [path.name for path in folder.iterdir()] == ["last_check.json"]
    assert asked.remarks == []


def test_verdicts_that_cannot_be_left_are_a_remark(
    server: Server, uid: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    asked = session(server.data, folder=tmp_path / "file")
    asked.open()
    asked.conclude("{}")
    assert len(asked.remarks) == 1
    assert asked.remarks[0].startswith(f"n: {tmp_path}/file/last_check.json could not be written")
    assert asked.problem is None


def test_a_node_that_is_out_of_reach_is_left_alone(server: Server, tmp_path: Path) -> None:
    asked = session(server.data, folder=tmp_path)
    asked.conclude("{}")
    assert (asked.remarks, server.commands) == ([], [])


def test_a_node_that_is_being_deployed_is_told_once(
    server: Server, uid: Path, tmp_path: Path
) -> None:
    mara = Holder("mara", "laptop", 4711, "2026-01-02T07:12:33+00:00", "infra deploy lab.py")
    with connected("n", server.data, wire=Wire()) as (_, host):
        assert isinstance(host.connector, Connector)
        lease = Lease(host.connector, holder=mara, folder=str(tmp_path))
        lease.take()
        asked = session(server.data, folder=tmp_path)
        asked.open()
        asked.conclude("{}")
        lease.release()
    assert asked.remarks == [
        "n is being deployed by mara@laptop (pid 4711) since 2026-01-02 07:12 UTC: "
        "its verdicts may be of a node half done"
    ]
    after = session(server.data, folder=tmp_path)
    after.open()
    assert after.remarks == []


GATE = Gate("b1", "sha256:a", open=True, why="95 checks passed", checked="now")


def test_a_node_says_where_it_stands_when_it_is_opened(
    server: Server, uid: Path, tmp_path: Path
) -> None:
    (tmp_path / "gate.json").write_text(GATE.as_json())
    (tmp_path / "promised.json").write_text('{"lock": "sha256:a"}')
    asked = session(server.data, folder=tmp_path)
    asked.open()
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert asked.standing == Standing(boot, "sha256:a", GATE)
    assert len(server.commands) == 1


@pytest.mark.parametrize(
    ("left", "read"),
    [
        (json.dumps(json.loads(GATE.as_json()), indent=2), GATE),
        ("half a li\nne", None),
    ],
)
def test_a_gate_of_several_lines_is_no_deploy(
    server: Server, uid: Path, tmp_path: Path, left: str, read: Gate | None
) -> None:
    (tmp_path / "gate.json").write_text(left)
    asked = session(server.data, folder=tmp_path)
    asked.open()
    assert (asked.standing.gate, asked.remarks) == (read, [])
    assert asked.leave_gate(GATE)


def test_a_gate_is_left_on_the_node(server: Server, uid: Path, tmp_path: Path) -> None:
    asked = session(server.data, folder=tmp_path / "lib")
    asked.open()
    assert asked.leave_gate(GATE)
    assert (tmp_path / "lib" / "gate.json").read_text() == GATE.as_json()
    assert asked.remarks == []


def test_a_gate_that_cannot_be_left_is_a_remark(server: Server, uid: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    asked = session(server.data, folder=tmp_path / "file")
    asked.open()
    assert not asked.leave_gate(GATE)
    assert asked.remarks[0].startswith(f"n: {tmp_path}/file/gate.json could not be written")


def test_no_gate_is_left_on_a_node_half_done(server: Server, uid: Path, tmp_path: Path) -> None:
    mara = Holder("mara", "laptop", 4711, "2026-01-02T07:12:33+00:00", "infra deploy lab.py")
    with connected("n", server.data, wire=Wire()) as (_, host):
        assert isinstance(host.connector, Connector)
        lease = Lease(host.connector, holder=mara, folder=str(tmp_path))
        lease.take()
        asked = session(server.data, folder=tmp_path)
        asked.open()
        assert not asked.leave_gate(GATE)
        lease.release()
    assert not (tmp_path / "gate.json").exists()


def test_a_session_over_a_deploys_connection_asks_without_opening(server: Server) -> None:
    node = Node("n", "group", "127.0.0.1", {}, connection=server.data)
    with connected("n", server.data, wire=Wire()) as (_, host):
        assert isinstance(host.connector, Connector)
        asked = Session.over(host.connector, node=node)
        assert asked.run("echo here", seconds=10).stdout == b"here\n"
    assert len(server.commands) == 1
