"""Runs one role on one host: a fresh pyinfra State with that one host, in the caller's greenlet.

pyinfra's `state` and `inventory` are global to the process; `isolate` makes them local to the
greenlet, so that nodes walk their roles side by side.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import MethodType
from typing import Any

from gevent.local import local
from paramiko import SSHException
from pyinfra.api.command import StringCommand
from pyinfra.api.config import Config
from pyinfra.api.exceptions import ConnectError, PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.operations import run_host_op
from pyinfra.api.state import State, StateStage
from pyinfra.connectors.base import BaseConnector
from pyinfra.context import ctx_config, ctx_host, ctx_inventory, ctx_state

from infra import firstlook
from infra.facts import Os
from infra.observed import refusal
from infra.outcome import OperationOutcome, RoleOutcome
from infra.role import Settings
from infra.secrets import SecretError
from infra.transport import Connector
from infra.turns import RefusedError
from infra.wire import Wire

__all__ = [
    "FAILURES",
    "ConnectError",
    "connected",
    "is_alive",
    "isolate",
    "look_at",
    "run_revert",
    "run_role",
    "stage",
    "unsupported",
]

Apply = Callable[[Settings], None]
Revert = Callable[[Settings], str | None]
OnOperation = Callable[[str, int, int], None]
"""Called before each operation with its name, its position and how many there are."""
OnDisruption = Callable[[str], None]
"""Called with what stops serving, before it does; a RefusedError stops the role there."""


_NO_HOSTS_LEFT = "No hosts remaining!"
"""What pyinfra says when a fact failed on the only host of a state."""


class _PerGreenlet(local):  # type: ignore[misc]  # gevent has no types
    module = None


def isolate() -> None:
    """Make pyinfra's state and inventory contexts local to the greenlet; once is enough.

    What pyinfra and paramiko say of a failure on their loggers, our outcomes say already.
    """
    for name in ("pyinfra", "paramiko"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [logging.NullHandler()], False
    for manager in (ctx_state, ctx_inventory):
        if not isinstance(manager.context._container, _PerGreenlet):
            manager.context._container = _PerGreenlet()


@contextmanager
def stage(
    name: str, data: Mapping[str, Any], *, connector: type[BaseConnector]
) -> Iterator[tuple[State, Host]]:
    """A pyinfra state with one host, its four contexts set while inside."""
    isolate()
    inventory = Inventory(([(name, dict(data))], {}))
    host = inventory.get_host(name)
    host.connector_cls = connector
    config = Config(CONNECT_TIMEOUT=10)
    state = State(inventory, config, check_for_changes=False)
    state.activated_hosts = state.active_hosts = {host}
    state.set_stage(StateStage.Prepare)
    with ExitStack() as contexts:
        for manager, value in (
            (ctx_state, state),
            (ctx_inventory, inventory),
            (ctx_config, config.copy()),
            (ctx_host, host),
        ):
            contexts.callback(manager.set, manager.get())
            manager.set(value)
        yield state, host


@contextmanager
def connected(name: str, data: Mapping[str, Any], *, wire: Wire) -> Iterator[tuple[State, Host]]:
    """The stage of a real host on its node's wire; ConnectError when it cannot be reached."""
    with stage(name, data, connector=Connector) as (state, host):
        connector = host.connector
        if not isinstance(connector, Connector):
            raise TypeError(f"{name}: not reached over SSH")
        connector.adopt(wire)
        ask = host.get_fact

        def get_fact(_: Host, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            with connector.facts():
                return ask(*args, **kwargs)

        host.get_fact = MethodType(get_fact, host)  # type: ignore[method-assign]
        host.connect(show_errors=False, raise_exceptions=True)
        yield state, host


FAILURES = (PyinfraError, SSHException, OSError, EOFError)
"""What may go wrong on one node's connection; it is that node's matter alone."""


def unsupported(name: str, data: Mapping[str, Any], *, wire: Wire) -> str | None:
    """Why a host is not one that infra deploys, or not as root; None when it is."""
    with connected(name, data, wire=wire) as (_, host):
        try:
            found = host.get_fact(Os)
        except PyinfraError:
            return _why(host)
        return refusal(found) if found is not None else _why(host)


def look_at(name: str, data: Mapping[str, Any], *, wire: Wire) -> firstlook.Look:
    """A first look at a host; nothing is changed. ConnectError when it cannot be reached."""
    with connected(name, data, wire=wire) as (_, host):
        _, output = host.run_shell_command(StringCommand(firstlook.COMMAND))
        return firstlook.parse(output.stdout_lines)


def run_role(
    role: str,
    apply: Apply,
    settings: Settings,
    *,
    state: State,
    host: Host,
    dry_run: bool = False,
    on_operation: OnOperation = lambda name, position, count: None,
    on_disruption: OnDisruption = lambda why: None,
) -> RoleOutcome:
    """Outcome of a role's operations, in order, up to the first that fails.

    A dry run changes nothing and says of each operation whether it would change something.
    """
    started = time.monotonic()
    done: list[OperationOutcome] = []
    error = _prepared(apply, settings, host=host)
    hashes = [] if error else state.get_op_order()
    state.set_stage(StateStage.Prepare if dry_run else StateStage.Execute)
    for position, op_hash in enumerate(hashes):
        on_operation(_name(state, op_hash), position, len(hashes))
        done.append(
            _plan(state, host, op_hash)
            if dry_run
            else _perform(state, host, op_hash, on_disruption=on_disruption)
        )
        if not done[-1].ok:
            error = f"{done[-1].name}: {_why(host)}"
            break
    return RoleOutcome(
        role=role, operations=tuple(done), seconds=time.monotonic() - started, error=error
    )


def run_revert(
    role: str,
    revert: Revert,
    settings: Settings,
    *,
    state: State,
    host: Host,
    on_operation: OnOperation = lambda name, position, count: None,
) -> tuple[str | None, RoleOutcome]:
    """What a failed role went back to, in words (None: to nothing), and how that went."""
    words: list[str | None] = []
    outcome = run_role(
        role,
        lambda given: words.append(revert(given)),
        settings,
        state=state,
        host=host,
        on_operation=on_operation,
    )
    return next(iter(words), None), outcome


def is_alive(wire: Wire) -> bool:
    """Whether a node's connection is still there."""
    transport = wire.client.get_transport() if wire.client is not None else None
    return transport is not None and transport.is_active()


def _prepared(apply: Apply, settings: Settings, *, host: Host) -> str | None:
    try:
        apply(settings)
    except (PyinfraError, SecretError, SSHException, OSError, EOFError) as problem:
        return _why(host) if str(problem) == _NO_HOSTS_LEFT else _said(problem)
    return None


def _perform(
    state: State, host: Host, op_hash: str, *, on_disruption: OnDisruption
) -> OperationOutcome:
    started = time.monotonic()
    state.is_executing = True
    why = _disruption(host, op_hash)
    ok = _succeeds(state, host, op_hash, why=why, on_disruption=on_disruption)
    changed = ok and state.ops[host][op_hash].operation_meta.did_change()
    return OperationOutcome(
        name=_name(state, op_hash),
        changed=changed,
        seconds=time.monotonic() - started,
        ok=ok,
        disrupts=why if changed else None,
    )


def _disruption(host: Host, op_hash: str) -> str | None:
    """What stops serving when this operation changes something; None when nothing does."""
    marked: Mapping[str, str] = host.connector_data.get("disrupts", {})
    return marked.get(op_hash)


def _succeeds(
    state: State, host: Host, op_hash: str, *, why: str | None, on_disruption: OnDisruption
) -> bool:
    try:
        if why is not None and _would_change(state, host, op_hash):
            on_disruption(why)
        return run_host_op(state, host, op_hash)
    except (PyinfraError, SecretError, SSHException, OSError, EOFError, RefusedError) as problem:
        _note(host, problem)
        return False


def _note(host: Host, problem: Exception) -> None:
    """A question that failed leaves its answer as the reason; anything else says its own."""
    connector = host.connector
    if isinstance(connector, Connector) and str(problem) != _NO_HOSTS_LEFT:
        connector.wire.problem = connector.wire.problem or _said(problem)


def _said(problem: Exception) -> str:
    return str(problem) or f"the connection was lost ({type(problem).__name__})"


def _plan(state: State, host: Host, op_hash: str) -> OperationOutcome:
    started = time.monotonic()
    try:
        changes, ok = _would_change(state, host, op_hash), True
    except (PyinfraError, SecretError, SSHException, OSError, EOFError) as problem:
        _note(host, problem)
        changes = ok = False
    return OperationOutcome(
        name=_name(state, op_hash),
        changed=changes,
        seconds=time.monotonic() - started,
        ok=ok,
        disrupts=_disruption(host, op_hash) if changes else None,
    )


def _would_change(state: State, host: Host, op_hash: str) -> bool:
    data = state.ops[host][op_hash]
    condition = data.global_arguments["_if"]
    conditions = condition if isinstance(condition, list) else [condition] if condition else []
    if not all(holds() for holds in conditions):
        data.operation_meta._maybe_is_change = False
        return False
    return bool(data.operation_meta.will_change)


def _name(state: State, op_hash: str) -> str:
    return ", ".join(state.get_op_meta(op_hash).names)


def _why(host: Host) -> str:
    connector = host.connector
    if not isinstance(connector, Connector):
        return "failed"
    if connector.wire.problem is not None:
        return connector.wire.problem
    last = connector.wire.last
    said = [line for line in last.lines if line.strip()][-6:] if last is not None else []
    return " / ".join(said) or "failed without a word"
