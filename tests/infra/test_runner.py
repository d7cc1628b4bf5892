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
from infra.runner import isolate, run_role, stage
from infra.testing import rehearse


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
