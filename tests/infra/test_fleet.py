"""Nodes are walked side by side; one that cannot be reached stops alone."""

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from infra.fleet import Options, deploy
from infra.outcome import NodeOutcome
from infra.progress import Plain
from infra.questions import Memory
from infra.site import Node


class Server:
    """The shape of the fixture in conftest.py."""

    commands: list[str]
    data: dict[str, Any]


def node(name: str, connection: dict[str, Any]) -> Node:
    return Node(
        name=name, group="base_hosts", address="127.0.0.1", settings={}, connection=connection
    )


def run(tmp_path: Path, *nodes: Node, **options: Any) -> list[NodeOutcome]:  # noqa: ANN401
    memory = Memory(path=tmp_path / "questions.json")
    said: list[str] = []
    return deploy(nodes, options=Options(**options), events=Plain(said.append), memory=memory)


def test_an_unreachable_node_stops_alone(server: Server, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        away = {**server.data, "ssh_port": closed.getsockname()[1]}
        ended = run(tmp_path, node("away", away), node("here", server.data))
    assert [(done.node, done.status) for done in ended] == [("away", "unreachable"), ("here", "ok")]
    assert "Could not connect" in (ended[0].error or "")


def test_a_missing_secret_is_told_before_anything_is_contacted(
    server: Server, tmp_path: Path
) -> None:
    data = {**server.data, "_sudo": True, "_sudo_password": "env:INFRA_TEST_NOT_SET"}
    (ended,) = run(tmp_path, node("n", data))
    assert ended.status == "failed"
    assert ended.error == "env:INFRA_TEST_NOT_SET: nothing there; set it on the control host"
    assert server.commands == []


def test_one_at_a_time_is_still_every_node(server: Server, tmp_path: Path) -> None:
    ended = run(tmp_path, *(node(f"n{at}", server.data) for at in range(3)), parallel=1)
    assert [done.status for done in ended] == ["ok", "ok", "ok"]


INTERRUPTED = """
import os, signal, sys
from gevent import monkey; monkey.patch_all()
import gevent
from infra.interrupt import joined
worker = gevent.spawn(gevent.sleep, 60)
gevent.spawn_later(0.1, os.kill, os.getpid(), signal.SIGINT)
print(joined([worker]), worker.ready())
"""


def test_an_interrupt_ends_what_is_at_work_without_a_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=30
    )
    assert (done.stdout.strip(), done.stderr) == ("False True", "")
