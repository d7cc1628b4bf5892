"""Servers in the background: started once, recognised, ended; no stranger is taken for ours."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra.lab import process, service
from infra.lab.service import Listen, Service
from infra.lab.shell import LabError


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Service]:
    port = free_port()
    command = (sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port))
    made = Service("files", command, Listen("127.0.0.1", port), home=tmp_path / "services")
    yield made
    service.stop(made)


def test_a_started_server_answers_until_it_is_stopped(server: Service) -> None:
    assert service.start(server)
    assert service.answering(server)
    service.stop(server)
    assert not service.answering(server)


def test_a_second_start_leaves_it_running(server: Service) -> None:
    service.start(server)
    first = process.pid(server.record)
    assert not service.start(server)
    assert process.pid(server.record) == first


def test_other_settings_start_it_anew(server: Service) -> None:
    service.start(server)
    first = process.pid(server.record)
    assert service.start(replace(server, settings="certificate 2"))
    assert process.pid(server.record) not in (None, first)


def test_a_killed_server_is_started_again(server: Service) -> None:
    service.start(server)
    first = process.pid(server.record)
    assert first is not None
    os.kill(first, signal.SIGKILL)
    os.waitpid(first, 0)
    assert not service.answering(server)
    assert service.start(server)


def test_a_stranger_on_the_port_is_not_our_server(server: Service) -> None:
    with socket.create_server((server.at.address, server.at.port)):
        assert not service.answering(server)


def test_a_server_that_dies_is_told_with_its_last_words(server: Service) -> None:
    broken = replace(server, command=("/bin/sh", "-c", "echo no such folder >&2; exit 3"))
    with pytest.raises(LabError, match=r"files does not answer at 127\.0\.0\.1.*no such folder"):
        service.start(broken)
    assert not broken.record.exists()


def test_it_sees_no_variable_of_its_starter(
    server: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REGISTRY_HTTP_ADDR", "0.0.0.0:5000")
    told = replace(server, command=("/bin/sh", "-c", f"env >{tmp_path}/env"))
    with pytest.raises(LabError):
        service.start(told)
    assert "REGISTRY_HTTP_ADDR" not in (tmp_path / "env").read_text()
