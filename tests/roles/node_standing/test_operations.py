"""A second deploy opens nothing again."""

import hashlib
from typing import Any

import pytest

from infra import facts, observed
from infra.operations import Succeeds
from infra.testing import Rehearsal, rehearse
from roles.node_standing import telling
from roles.node_standing.operations import apply
from roles.node_standing.settings import NodeStandingSettings

SETTINGS = NodeStandingSettings(address="10.77.0.11")


def stat(path: str) -> observed.FileStat:
    text, mode = telling.files(SETTINGS)[path]
    return observed.FileStat(mode, "root", "root", hashlib.sha256(text.encode()).hexdigest())


def on(*, listens: bool = True) -> Rehearsal:
    known: dict[Any, Any] = {
        facts.FileStat: stat,
        facts.Unit: lambda unit: observed.Unit("loaded", "active", "enabled", False),
        Succeeds: lambda command: listens or command == telling.HAS_USER_COMMAND,
    }
    return rehearse(apply, SETTINGS, facts=known)


def test_a_node_that_tells_is_left_alone() -> None:
    assert on().changed == ()


def test_a_socket_that_is_closed_is_opened() -> None:
    assert on(listens=False).changed == ("Open socket",)


def test_a_bare_node_gets_everything() -> None:
    nothing = {facts.Unit: lambda unit: observed.Unit("not-found", "inactive", "", False)}
    done = rehearse(apply, SETTINGS, facts=nothing)
    assert done.error is None
    assert done.changed == done.operations


@pytest.mark.parametrize("listens", [True, False])
def test_another_address_opens_the_socket_anew(listens: bool) -> None:
    moved = NodeStandingSettings(address="10.77.0.12")
    known: dict[Any, Any] = {
        facts.FileStat: stat,
        facts.Unit: lambda unit: observed.Unit("loaded", "active", "enabled", False),
        Succeeds: lambda command: listens or command == telling.HAS_USER_COMMAND,
    }
    done = rehearse(apply, moved, facts=known)
    assert done.changed == ("Write socket", "Open socket")
    assert any("systemctl restart infra-standing.socket" in one.text for one in done.commands)
