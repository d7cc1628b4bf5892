"""The wire: strict, counted, asked once, and quick."""

import getpass
import grp
import os
import socket
import threading
from pathlib import Path

import gevent
import paramiko
import pytest
from pyinfra.api.command import StringCommand

from infra import channel, facts, operations
from infra.role import Settings
from infra.runner import run_role
from infra.stage import ConnectError, connected
from infra.transport import Connector
from infra.wire import Exchange, Wire


class Server:
    """The shape of the fixture in conftest.py."""

    commands: list[str]
    data: dict[str, object]
    known_hosts: Path
    host_key: paramiko.PKey

    def drop(self) -> None: ...
    def pin(self, key: paramiko.PKey) -> None: ...


def test_a_fact_is_asked_once_until_something_changes(server: Server, tmp_path: Path) -> None:
    path = str(tmp_path / "file")
    with connected("h", server.data, wire=(wire := Wire())) as (_, host):
        for _ in range(3):
            assert host.get_fact(facts.FileText, path=path) == ""
        assert wire.round_trips == 2
        host.run_shell_command(StringCommand(f"echo new >{path}"))
        assert host.get_fact(facts.FileText, path=path) == "new\n"
    assert wire.round_trips == 4
    assert len(server.commands) == 3


def test_what_was_asked_last_time_is_asked_in_one_round_trip(
    server: Server, tmp_path: Path
) -> None:
    (tmp_path / "a").write_text("one\n\n  two\n")
    (tmp_path / "b").write_text("last line without an end")
    paths = [str(tmp_path / name) for name in ("a", "b", "none")]

    def read(predicted: list[tuple[str, str]]) -> tuple[list[str], Wire]:
        wire = Wire()
        with connected("h", server.data, wire=wire) as (_, host):
            assert isinstance(host.connector, Connector)
            if predicted:
                host.connector.prefetch(predicted)
            return [host.get_fact(facts.FileText, path=path) for path in paths], wire

    plain, first = read([])
    batched, second = read(list(first.asked))
    assert batched == plain
    assert (first.round_trips, second.round_trips) == (4, 2)
    assert second.asked == first.asked


def test_a_failed_prediction_is_asked_again(server: Server) -> None:
    with connected("h", server.data, wire=(wire := Wire())) as (_, host):
        assert isinstance(host.connector, Connector)
        host.connector.prefetch([("", "false"), ("", "echo fine")])
    assert {text for _, text in wire.answers} == {"echo fine"}


def test_small_packets_go_out_at_once(server: Server) -> None:
    with connected("h", server.data, wire=(wire := Wire())):
        transport = wire.client.get_transport() if wire.client is not None else None
        assert transport is not None
        assert transport.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def test_small_packets_go_out_at_once_behind_a_jump_host(server: Server, tmp_path: Path) -> None:
    config = tmp_path / "ssh_config"
    config.write_text(
        "Host 127.0.0.1\n  ProxyJump jump\n"
        f"Host jump\n  HostName localhost\n  Port {server.data['ssh_port']}\n  User tester\n"
        f"  IdentityFile {server.data['ssh_key']}\n  UserKnownHostsFile {tmp_path}/hops\n"
    )
    pinned = server.known_hosts.read_text().replace("[127.0.0.1]", "[localhost]")
    (tmp_path / "hops").write_text(pinned)
    with connected("h", {**server.data, "ssh_config_file": str(config)}, wire=(wire := Wire())):
        transport = wire.client.get_transport() if wire.client is not None else None
        assert transport is not None
        assert isinstance(transport.sock, paramiko.Channel)
        below = transport.sock.get_transport().sock
        assert below.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def test_one_connection_serves_role_after_role(server: Server) -> None:
    wire = Wire()
    for _ in range(3):
        with connected("h", server.data, wire=wire) as (_, host):
            assert host.get_fact(facts.BootId)
    assert wire.round_trips == 1 + 3


def test_a_changed_host_key_is_refused(server: Server) -> None:
    server.pin(paramiko.ECDSAKey.generate())
    with (
        pytest.raises(ConnectError, match="does not match"),
        connected("h", server.data, wire=Wire()),
    ):
        pass
    assert server.commands == []


def test_an_unknown_host_key_is_refused(server: Server) -> None:
    server.known_hosts.write_text("")
    with pytest.raises(ConnectError, match="No host key"), connected("h", server.data, wire=Wire()):
        pass
    assert server.commands == []


def test_an_accepted_host_key_is_pinned_and_a_changed_one_then_refused(server: Server) -> None:
    server.known_hosts.write_text("")
    accepting = {**server.data, "ssh_strict_host_key_checking": "accept-new"}
    with connected("h", accepting, wire=Wire()):
        pass
    assert server.known_hosts.read_text().startswith("[127.0.0.1]:")
    server.pin(paramiko.ECDSAKey.generate())
    with (
        pytest.raises(ConnectError, match="does not match"),
        connected("h", accepting, wire=Wire()),
    ):
        pass


def test_a_question_is_asked_again_over_a_new_connection(server: Server) -> None:
    with connected("h", server.data, wire=Wire()) as (_, host):
        server.drop()
        assert host.get_fact(facts.BootId)


def test_a_failed_operation_tells_what_the_host_said(server: Server) -> None:
    def apply(_: Settings) -> None:
        operations.shell(command="echo E: no such package >&2; exit 100", name="Install")

    with connected("h", server.data, wire=Wire()) as (state, host):
        done = run_role("r", apply, Settings(), state=state, host=host)
    assert done.error == "Install: E: no such package"


def test_every_exchange_is_told_with_its_status_and_output(server: Server) -> None:
    told: list[Exchange] = []
    with connected("h", server.data, wire=Wire(listen=told.append)) as (_, host):
        host.run_shell_command(StringCommand("echo out; echo err >&2; exit 3"))
    assert [(made.status, sorted(made.lines)) for made in told] == [(3, ["err", "out"])]


def test_a_written_file_is_one_question_and_one_command(server: Server, tmp_path: Path) -> None:
    user, group = getpass.getuser(), grp.getgrgid(os.getgid()).gr_name

    def apply(_: Settings) -> None:
        operations.write_file(
            path=f"{tmp_path}/x/file", text="text\n", user=user, group=group, name="Write file"
        )

    def trips() -> tuple[int, int]:
        with connected("h", server.data, wire=(wire := Wire())) as (state, host):
            done = run_role("r", apply, Settings(), state=state, host=host)
        assert done.error is None
        return done.changed, wire.round_trips - 1

    assert trips() == (1, 2)
    assert (tmp_path / "x" / "file").read_text() == "text\n"
    assert trips() == (0, 1)


ASKING = """#!/bin/sh
IFS= read -r given
echo "$given" >"$0.given"
while [ "$1" != sh ]; do shift; done
exec "$@"
"""
NOT_ASKING = ASKING.replace("IFS= read -r given", "given=")


@pytest.mark.parametrize(("sudo", "given"), [(ASKING, "canary-secret"), (NOT_ASKING, "")])
def test_a_sudo_password_reaches_sudo_alone_whether_it_asks_or_not(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sudo: str, given: str
) -> None:
    (tmp_path / "sudo").write_text(sudo)
    (tmp_path / "sudo").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    told: list[Exchange] = []
    arguments = {"_sudo": True, "_sudo_password": "canary-secret", "_stdin": "content\n"}
    with connected("h", server.data, wire=Wire(listen=told.append)) as (_, host):
        succeeded, output = host.run_shell_command(StringCommand("cat"), **arguments)
        assert isinstance(host.connector, Connector)
        host.connector.prefetch([("root", "echo fine")], password="canary-secret")
        assert host.connector.wire.answers == {("root", "echo fine"): ("fine",)}
    assert succeeded
    assert output.stdout == "content"
    assert (tmp_path / "sudo.given").read_text() == f"{given}\n"
    assert "canary-secret" not in " ".join(server.commands)
    assert "canary-secret" not in repr(told)


def test_output_that_is_no_text_is_still_output(server: Server) -> None:
    with connected("h", server.data, wire=Wire()) as (_, host):
        _, output = host.run_shell_command(StringCommand("printf 'a\\206b\\n'"))
    assert output.stdout_lines == ["a\ufffdb"]


def test_a_command_that_does_not_answer_is_told_with_its_limit(server: Server) -> None:
    wire = Wire()
    with connected("h", server.data, wire=wire) as (_, host), pytest.raises(TimeoutError):
        host.run_shell_command(StringCommand("sleep 3"), _timeout=0.2)
    assert wire.problem == "no answer within 0.2 s"


def test_a_question_has_a_time_limit_and_a_change_only_its_own(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[float | None] = []

    class Noted(gevent.Timeout):  # type: ignore[misc]  # gevent has no types
        def __init__(self, seconds: float | None, *given: object) -> None:
            limits.append(seconds)
            super().__init__(seconds, *given)

    with connected("h", server.data, wire=Wire()) as (_, host):
        monkeypatch.setattr(gevent, "Timeout", Noted)
        assert host.get_fact(facts.BootId)
        host.run_shell_command(StringCommand("true"))
        host.run_shell_command(StringCommand("true"), _timeout=7)
        assert isinstance(host.connector, Connector)
        with host.connector.facts():
            host.run_shell_command(StringCommand("echo"), _timeout=8)
    assert limits == [900, None, 7, 8]


def test_a_jump_hosts_unknown_key_is_refused_without_a_question(
    server: Server, tmp_path: Path
) -> None:
    config = tmp_path / "ssh_config"
    config.write_text(
        "Host 127.0.0.1\n  ProxyJump jump\n"
        f"Host jump\n  HostName localhost\n  Port {server.data['ssh_port']}\n  User tester\n"
        f"  IdentityFile {server.data['ssh_key']}\n  UserKnownHostsFile {tmp_path}/none\n"
        "  StrictHostKeyChecking no\n"
    )
    data = {**server.data, "ssh_config_file": str(config)}
    with (
        pytest.raises(ConnectError, match=r"No host key for .+localhost"),
        connected("h", data, wire=Wire()),
    ):
        pass
    assert server.commands == []


def test_what_was_asked_at_once_is_logged_as_questions_and_answers(server: Server) -> None:
    told: list[Exchange] = []
    with connected("h", server.data, wire=Wire(listen=told.append)) as (_, host):
        assert isinstance(host.connector, Connector)
        host.connector.prefetch([("", "echo one"), ("", "false")])
    assert told[-1].lines == ("$ echo one", "one", "$ false", "(failed)")


def test_a_connection_lost_in_a_change_is_told_and_the_change_not_repeated(
    server: Server, tmp_path: Path
) -> None:
    once = tmp_path / "once"

    def apply(_: Settings) -> None:
        operations.shell(command=f"echo begun >>{once}; sleep 20", name="Install")

    with connected("h", server.data, wire=Wire()) as (state, host):
        cut = threading.Thread(target=_cut_when, args=(server, once))
        cut.start()
        done = run_role("r", apply, Settings(), state=state, host=host)
        cut.join()
    assert done.error == (
        "Install: the connection was lost (it was cut before the answer); "
        "whether it was done is not known; the next deploy looks and goes on"
    )
    assert once.read_text() == "begun\n"


def test_a_host_that_acknowledges_and_answers_nothing_is_lost(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers_again = threading.Event()
    monkeypatch.setattr(channel, "_KEEPALIVE_SECONDS", 0.05)
    monkeypatch.setattr(channel, "_MUTE_SECONDS", 0.2)
    monkeypatch.setattr(
        paramiko.ServerInterface, "check_global_request", lambda *_: answers_again.wait(20)
    )
    wire = Wire()
    with connected("h", server.data, wire=wire) as (_, host), pytest.raises(EOFError):
        host.run_shell_command(StringCommand("sleep 20"))
    answers_again.set()
    assert "the connection was lost (it was cut before the answer)" in (wire.problem or "")


def test_a_host_that_gives_signs_of_life_may_take_its_time(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "_KEEPALIVE_SECONDS", 0.05)
    monkeypatch.setattr(channel, "_MUTE_SECONDS", 0.5)
    with connected("h", server.data, wire=Wire()) as (_, host):
        good, output = host.run_shell_command(StringCommand("sleep 1.5; echo done"))
    assert (good, output.stdout) == (True, "done")


def test_a_question_whose_connection_is_cut_is_asked_again(server: Server, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    slow = f"echo x >>{asked}; [ $(wc -l <{asked}) = 2 ] || sleep 20; echo fine"
    with connected("h", server.data, wire=(wire := Wire())) as (_, host):
        assert isinstance(host.connector, Connector)
        cut = threading.Thread(target=_cut_when, args=(server, asked))
        cut.start()
        with host.connector.facts():
            good, output = host.run_shell_command(StringCommand(slow))
        cut.join()
    assert (good, output.stdout, wire.problem) == (True, "fine", None)


def _cut_when(server: Server, there: Path) -> None:
    while not there.exists():
        threading.Event().wait(0.01)
    server.drop()
