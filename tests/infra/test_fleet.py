"""Nodes are walked side by side; one that cannot be reached stops alone."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from infra import stage
from infra.balancers import Balancers
from infra.consent import granted
from infra.fleet import deploy
from infra.holder import Holder, me
from infra.outcome import NodeOutcome
from infra.permit import Permit
from infra.progress_plain import Plain
from infra.questions import Memory
from infra.rotation import Policy
from infra.site import Node
from infra.walk import Options
from infra.wave import Wave


class Server:
    """The shape of the fixture in conftest.py."""

    commands: list[str]
    canned: dict[str, str]
    data: dict[str, Any]


DEBIAN = "ID=debian\nVERSION_ID=12\nARCH=x86_64\nUID=0"


@pytest.fixture(autouse=True)
def _is_a_supported_host(server: Server) -> None:
    server.canned["/etc/os-release"] = DEBIAN
    server.canned["infra-lease"] = "infra-lease: taken"
    server.canned["promised.json"] = '{"boot_id": "b", "promised": "", "gate": null}'


def node(name: str, connection: dict[str, Any]) -> Node:
    return Node(
        name=name, group="base_hosts", address="127.0.0.1", settings={}, connection=connection
    )


def run(tmp_path: Path, *nodes: Node, **options: Any) -> list[NodeOutcome]:  # noqa: ANN401
    memory = Memory(path=tmp_path / "questions.json")
    said: list[str] = []
    done = deploy(
        nodes,
        options=Options(**options),
        events=Plain(said.append),
        memory=memory,
        wave=Wave(
            pools={},
            balancers=Balancers(()),
            by="mara@laptop",
            at_work={node.name for node in nodes},
            permit=Permit(Policy(), granted),
        ),
        holder=me("infra deploy"),
        inventory="inventories/test.py",
    )
    return done.nodes


def test_an_unreachable_node_stops_alone(server: Server, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        away = {**server.data, "ssh_port": closed.getsockname()[1]}
        ended = run(tmp_path, node("away", away), node("here", server.data))
    assert [(done.node, done.status) for done in ended] == [("away", "unreachable"), ("here", "ok")]
    assert "Could not connect" in (ended[0].error or "")


def test_a_host_that_takes_connections_and_answers_nothing_is_unreachable(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_FIRST_ANSWER_SECONDS", 1)
    (tmp_path / "sudo").write_text("#!/bin/sh\nexec sleep 5\n")
    (tmp_path / "sudo").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    server.canned.clear()
    (ended,) = run(tmp_path, node("n", {**server.data, "_sudo": True}))
    assert (ended.status, ended.error) == ("unreachable", "no answer within 1 s")


def test_a_host_that_boots_is_waited_for(server: Server, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]

    def come_up() -> None:
        with socket.create_server(("127.0.0.1", port)) as door:
            inner, _ = door.accept()
        with inner, socket.create_connection(("127.0.0.1", server.data["ssh_port"])) as outer:
            back = threading.Thread(target=pump, args=(outer, inner))
            back.start()
            pump(inner, outer)
            back.join()

    booting = threading.Timer(1.5, come_up)
    booting.start()
    known = Path(server.data["ssh_known_hosts_file"])
    known.write_text(known.read_text().replace(str(server.data["ssh_port"]), str(port)))
    ended = run(tmp_path, node("n", {**server.data, "ssh_port": port}), connect_seconds=10)
    booting.join(timeout=10)
    assert [done.status for done in ended] == ["ok"]


def pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):  # a client that leaves in a hurry resets its end
        target.shutdown(socket.SHUT_RDWR)


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


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (DEBIAN.replace("UID=0", "UID=1000"), "not root; set _sudo = True"),
        (DEBIAN.replace("debian", "fedora"), "fedora 12 on x86_64 is not supported"),
    ],
)
def test_a_host_that_cannot_be_deployed_is_refused_before_it_is_touched(
    server: Server, tmp_path: Path, said: str, sentence: str
) -> None:
    server.canned["/etc/os-release"] = said
    (ended,) = run(tmp_path, node("n", server.data))
    assert ended.status == "failed"
    assert sentence in (ended.error or "")
    assert len(server.commands) == 1


def test_a_refused_sudo_is_told_in_sudos_words(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.canned.clear()
    (tmp_path / "sudo").write_text("#!/bin/sh\necho 'sudo: a password is required' >&2; exit 1\n")
    (tmp_path / "sudo").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (ended,) = run(tmp_path, node("n", {**server.data, "_sudo": True}))
    assert (ended.status, ended.error) == ("failed", "sudo: a password is required")


def test_a_key_that_is_none_stops_its_node_alone(server: Server, tmp_path: Path) -> None:
    (tmp_path / "no-key").write_text("hello\n")
    bad = {**server.data, "ssh_key": str(tmp_path / "no-key")}
    ended = run(tmp_path, node("bad", bad), node("good", server.data))
    assert [done.status for done in ended] == ["unreachable", "ok"]
    assert "no-key" in (ended[0].error or "")


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


WAITING = """
import os, signal, sys
from gevent import monkey; monkey.patch_all()
import gevent
from pathlib import Path
from infra import fleet, stage
from infra.progress_plain import Plain
from infra.questions import Memory
from infra.site import Node
from infra.balancers import Balancers
from infra.consent import granted
from infra.holder import me
from infra.permit import Permit
from infra.rotation import Policy
from infra.walk import Options
from infra.wave import Wave
gevent.spawn_later(0.2, os.kill, os.getpid(), signal.SIGINT)
away = {"ssh_user": "x", "ssh_known_hosts_file": "/dev/null", "ssh_config_file": "/dev/null"}
nodes = [
    Node(name=name, group="g", address=name, settings={}, connection={**away, "ssh_hostname": name,
         "ssh_port": int(sys.argv[1]), "ssh_strict_host_key_checking": "yes"})
    for name in ("127.0.0.1", "127.0.0.2")
]
wave = Wave(pools={}, balancers=Balancers(()), by="x", at_work=set(),
            permit=Permit(Policy(), granted))
done = fleet.deploy(nodes, options=Options(parallel=1), events=Plain(lambda line: None),
                    memory=Memory(path=Path("/nonexistent")), wave=wave,
                    holder=me("infra deploy"), inventory="i.py")
print([(outcome.status, "interrupted" in outcome.error) for outcome in done.nodes])
"""


def test_an_interrupt_is_told_of_nodes_that_still_wait_for_their_turn() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = str(silent.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-c", WAITING, port], capture_output=True, text=True, timeout=60
        )
    assert done.stdout.strip() == "[('skipped', True), ('skipped', True)]", done.stderr


def test_nothing_is_touched_while_somebody_else_deploys_one_of_the_nodes(
    server: Server, tmp_path: Path
) -> None:
    other = Holder("lea", "desk", 4711, "2026-11-20T07:12:00+00:00", "infra deploy rack.py")
    server.canned["infra-lease"] = f"infra-lease: held {other.as_json(lease='x')}"
    ended = run(tmp_path, node("two", server.data), node("one", server.data))
    assert [done.status for done in ended] == ["skipped", "skipped"]
    assert ended[0].error == "not begun: somebody else deploys here"
    assert "lea@desk (pid 4711) has been deploying one since" in (ended[1].error or "")


def promises(server: Server) -> int:
    """How often a node was told what it is promised."""
    return sum("promised.json" in said and "mktemp" in said for said in server.commands)


def test_a_whole_deploy_tells_a_node_what_it_is_promised(server: Server, tmp_path: Path) -> None:
    (ended,) = run(tmp_path, node("n", server.data))
    assert (ended.status, promises(server)) == ("ok", 1)


def test_a_deploy_of_some_roles_promises_nothing(server: Server, tmp_path: Path) -> None:
    run(tmp_path, node("n", server.data), roles=("base_system",))
    run(tmp_path, node("n", server.data), dry_run=True)
    assert promises(server) == 0
