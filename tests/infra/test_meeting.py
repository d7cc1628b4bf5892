"""What a deploy leaves on a node at its end."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gevent.lock import BoundedSemaphore

from infra.balancers import Balancers
from infra.bench import Bench
from infra.consent import granted
from infra.gate import Gate
from infra.holder import me
from infra.meeting import reached, released, taken
from infra.outcome import OperationOutcome, RoleOutcome, Status
from infra.permit import Permit
from infra.progress_plain import Plain
from infra.questions import Memory
from infra.rotation import Policy
from infra.site import Node
from infra.walk import Options, Walk, ended
from infra.wave import Wave
from infra.wire import Wire

DEBIAN = "ID=debian\nVERSION_ID=12\nARCH=x86_64\nUID=0"
DONE = RoleOutcome("base_system", (OperationOutcome("Write", changed=True, seconds=0),))
SHUT = Gate("b", "sha256:new", open=False, why="check_x failed: y")


class Server:
    """The shape of the fixture in conftest.py."""

    commands: list[str]
    canned: dict[str, str]
    data: dict[str, Any]


@pytest.fixture
def walk(server: Server, tmp_path: Path) -> Walk:
    server.canned["/etc/os-release"] = DEBIAN
    server.canned["infra-lease"] = "infra-lease: taken"
    server.canned["promised.json"] = '{"boot_id": "b", "promised": "", "gate": null}'
    made = Walk(
        node=Node("n", "base_hosts", "127.0.0.1", {}, connection=server.data),
        options=Options(),
        events=Plain(lambda line: None),
        memory=Memory(path=tmp_path / "questions.json"),
        wire=Wire(),
        wave=Wave({}, Balancers(()), "mara@laptop", {"n"}, Permit(Policy(), granted)),
        slots=BoundedSemaphore(1),
        holder=me("infra deploy"),
        inventory="lab.py",
        bench=Bench(()),
    )
    assert reached(made) is None and taken(made) is None
    return made


def _nothing(walk: Walk) -> None:
    """The deploy stopped before it touched the node."""


def _changed(walk: Walk) -> None:
    walk.roles.append(DONE)


def _judged(walk: Walk) -> None:
    walk.gate = SHUT


@pytest.mark.parametrize(
    ("happened", "status", "taken_back"),
    [
        (_nothing, "skipped", True),
        (_nothing, "failed", True),
        (_nothing, "ok", False),
        (_changed, "failed", False),
        (_judged, "failed", False),
    ],
)
def test_what_was_promised_is_taken_back_from_a_node_left_as_it_was(
    walk: Walk,
    server: Server,
    happened: Callable[[Walk], None],
    status: Status,
    taken_back: bool,
) -> None:
    happened(walk)
    before = len(server.commands)
    released(walk, ended(walk, status, None if status == "ok" else "stopped"))
    said = any("promised.json.before" in command for command in server.commands[before:])
    assert said is taken_back
