"""What the runner relies on in pyinfra: pinned here, since a new pyinfra may change it."""

import gevent
import pytest
from pyinfra.api.command import FunctionCommand, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.context import ctx_inventory, ctx_state
from pyinfra.context import host as context_host

from infra import operations
from infra.role import Settings
from infra.runner import run_revert, run_role
from infra.stage import isolate, stage
from infra.testing import rehearse
from infra.turns import RefusedError


def test_state_and_inventory_are_local_to_the_greenlet() -> None:
    isolate()
    seen: dict[str, tuple[str, object, object]] = {}

    def walk(name: str) -> None:
        with stage(name, {}, connector=SSHConnector) as (state, host):
            gevent.sleep(0)
            seen[name] = (str(context_host.name), ctx_state.get(), ctx_inventory.get())
            assert ctx_state.get() is state
            assert host.name == name

    gevent.joinall([gevent.spawn(walk, name) for name in ("a", "b", "c")], raise_error=True)
    assert {name: found[0] for name, found in seen.items()} == {"a": "a", "b": "b", "c": "c"}
    assert len({id(found[1]) for found in seen.values()}) == 3


def test_contexts_are_put_back_after_an_error() -> None:
    with pytest.raises(RuntimeError), stage("a", {}, connector=SSHConnector):
        raise RuntimeError
    assert ctx_state.get() is None


def test_a_callback_with_state_and_host_sees_its_own_host() -> None:
    seen: list[str] = []

    def callback(state: State, host: Host) -> bool:
        seen.append(f"{host.name} {ctx_state.get() is state}")
        return True

    @operation(is_idempotent=False)
    def call():  # noqa: ANN202
        yield FunctionCommand(callback, (), {})

    rehearse(lambda _: call(name="Call"), Settings())  # type: ignore[arg-type]
    assert seen == ["rehearsal True"]


def test_a_role_stops_at_its_first_failed_operation() -> None:
    class Failing(SSHConnector):
        def connect(self) -> None: ...

        def run_shell_command(self, command: StringCommand, *_: object, **__: object) -> object:  # type: ignore[override]
            from pyinfra.connectors.util import CommandOutput

            return "false" not in str(command), CommandOutput([])

    def apply(_: Settings) -> None:
        operations.shell(command="true", name="First")
        operations.shell(command="false", name="Second")
        operations.shell(command="true", name="Third")

    with stage("h", {}, connector=Failing) as (state, host):
        done = run_role("r", apply, Settings(), state=state, host=host)
    assert [(step.name, step.ok) for step in done.operations] == [
        ("First", True),
        ("Second", False),
    ]
    assert done.error is not None and done.error.startswith("Second: ")
    assert done.changed == 1


def test_a_plan_evaluates_conditions_and_runs_nothing() -> None:
    ran: list[str] = []

    class Listening(SSHConnector):
        def connect(self) -> None: ...

        def run_shell_command(self, command: StringCommand, *_: object, **__: object) -> object:  # type: ignore[override]
            ran.append(str(command))
            raise AssertionError

    def apply(_: Settings) -> None:
        never = operations.shell(command="true", name="Never", _if=lambda: False)
        operations.shell(command="true", name="After never", _if=operations.changed(never))
        first = operations.shell(command="true", name="First")
        operations.shell(command="true", name="After first", _if=operations.changed(first))

    with stage("h", {}, connector=Listening) as (state, host):
        done = run_role("r", apply, Settings(), state=state, host=host, dry_run=True)
    assert {step.name: step.changed for step in done.operations} == {
        "Never": False,
        "After never": False,
        "First": True,
        "After first": True,
    }
    assert ran == []


class Obedient(SSHConnector):
    """A host on which everything succeeds; it remembers what it was told, in order."""

    def connect(self) -> None: ...

    def run_shell_command(self, command: StringCommand, *_: object, **__: object) -> object:  # type: ignore[override]
        from pyinfra.connectors.util import CommandOutput

        self.host.connector_data.setdefault("told", []).append(str(command))
        return True, CommandOutput([])


def disrupted(apply: object, *, refuse: bool = False, dry_run: bool = False) -> tuple[object, ...]:
    """Outcome of a role, and what the host was told beside what was asked for."""
    with stage("h", {}, connector=Obedient) as (state, host):

        def on_disruption(why: str) -> None:
            host.connector_data.setdefault("told", []).append(f"<{why}>")
            if refuse:
                raise RefusedError("not now")

        done = run_role(
            "r",
            apply,  # type: ignore[arg-type]
            Settings(),
            state=state,
            host=host,
            dry_run=dry_run,
            on_disruption=on_disruption,
        )
        return done, host.connector_data.get("told", [])


def restarting(_: Settings) -> None:
    operations.shell(command="fetch", name="Fetch")
    restart = operations.shell(command="restart", name="Restart")
    operations.disrupts(restart, why="the engine is restarted")


def test_what_disrupts_is_told_just_before_it_acts() -> None:
    done, told = disrupted(restarting)
    assert told == ["fetch", "<the engine is restarted>", "restart"]
    assert done.disruptions == ("the engine is restarted",)  # type: ignore[attr-defined]


def test_what_would_change_nothing_disrupts_nobody() -> None:
    def idle(_: Settings) -> None:
        never = operations.shell(command="restart", name="Restart", _if=lambda: False)
        operations.disrupts(never, why="the engine is restarted")

    done, told = disrupted(idle)
    assert told == []
    assert done.disruptions == ()  # type: ignore[attr-defined]


def test_a_refused_disruption_stops_the_role_there() -> None:
    done, told = disrupted(restarting, refuse=True)
    assert told == ["fetch", "<the engine is restarted>"]
    assert done.error == "Restart: not now"  # type: ignore[attr-defined]


def test_a_plan_names_the_disruption_and_asks_nobody() -> None:
    done, told = disrupted(restarting, dry_run=True)
    assert told == []
    assert done.disruptions == ("the engine is restarted",)  # type: ignore[attr-defined]


def test_a_revert_says_what_it_went_back_to_and_acts() -> None:
    def revert(_: Settings) -> str:
        operations.shell(command="restore", name="Restore")
        return "the old one"

    with stage("h", {}, connector=Obedient) as (state, host):
        words, done = run_revert("r", revert, Settings(), state=state, host=host)
    assert (words, done.changed, done.error) == ("the old one", 1, None)
