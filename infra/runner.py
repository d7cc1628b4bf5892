"""Runs one role on one host, operation by operation."""

import time
from collections.abc import Callable, Mapping

from paramiko import SSHException
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.operations import run_host_op
from pyinfra.api.state import State, StateStage

from infra.masked import masked
from infra.outcome import OperationOutcome, RoleOutcome
from infra.role import Settings
from infra.secrets import SecretError
from infra.stage import reason
from infra.transport import Connector
from infra.turns import RefusedError

Apply = Callable[[Settings], None]
Revert = Callable[[Settings], str | None]
OnOperation = Callable[[str, int, int], None]
"""Called before each operation with its name, its position and how many there are."""
OnDisruption = Callable[[str], None]
"""Called with what stops serving, before it does; a RefusedError stops the role there."""


_NO_HOSTS_LEFT = "No hosts remaining!"
"""What pyinfra says when a fact failed on the only host of a state."""


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
            error = f"{done[-1].name}: {reason(host)}"
            break
    return RoleOutcome(
        role=role,
        operations=tuple(done),
        seconds=time.monotonic() - started,
        error=error,
        refused=bool(host.connector_data.get("refused")),
    )


def run_revert(
    role: str,
    revert: Revert,
    settings: Settings,
    *,
    state: State,
    host: Host,
    on_operation: OnOperation = lambda name, position, count: None,
    on_disruption: OnDisruption = lambda why: None,
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
        on_disruption=on_disruption,
    )
    return next(iter(words), None), outcome


def _prepared(apply: Apply, settings: Settings, *, host: Host) -> str | None:
    try:
        apply(settings)
    except (PyinfraError, SecretError, SSHException, OSError, EOFError) as problem:
        return reason(host) if str(problem) == _NO_HOSTS_LEFT else _said(problem)
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
    except RefusedError as refusal:
        host.connector_data["refused"] = True
        _note(host, refusal)
        return False
    except (PyinfraError, SecretError, SSHException, OSError, EOFError) as problem:
        _note(host, problem)
        return False


def _note(host: Host, problem: Exception) -> None:
    """A question that failed leaves its answer as the reason; anything else says its own."""
    connector = host.connector
    if str(problem) == _NO_HOSTS_LEFT:
        return
    if isinstance(connector, Connector):
        connector.wire.problem = connector.wire.problem or _said(problem)
    else:
        host.connector_data["problem"] = _said(problem)


def _said(problem: Exception) -> str:
    return str(masked(str(problem))) or f"the connection was lost ({type(problem).__name__})"


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
