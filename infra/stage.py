"""Where a host stands while it is talked to: a pyinfra State of its own, in the caller's greenlet.

pyinfra's `state` and `inventory` are global to the process; `isolate` makes them local to the
greenlet, so that nodes walk their roles side by side.
"""

import logging
from collections.abc import Iterator, Mapping
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
from pyinfra.api.state import State, StateStage
from pyinfra.connectors.base import BaseConnector
from pyinfra.context import ctx_config, ctx_host, ctx_inventory, ctx_state

from infra import firstlook
from infra.advice import advice
from infra.facts import Os
from infra.masked import masked
from infra.observed import refusal
from infra.transport import Connector
from infra.wire import Wire

__all__ = [
    "FAILURES",
    "ConnectError",
    "connected",
    "is_alive",
    "isolate",
    "look_at",
    "reason",
    "stage",
    "unsupported",
]


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


_FIRST_ANSWER_SECONDS = 30
FAILURES = (PyinfraError, SSHException, OSError, EOFError)
"""What may go wrong on one node's connection; it is that node's matter alone."""


def unsupported(name: str, data: Mapping[str, Any], *, wire: Wire) -> str | None:
    """Why a host is not one that infra deploys, or not as root; None when it is.

    ConnectError when it cannot be reached, or does not answer.
    """
    with connected(name, data, wire=wire) as (_, host):
        try:
            found = host.get_fact(Os, _timeout=_FIRST_ANSWER_SECONDS)
        except PyinfraError as problem:
            if wire.problem is not None:
                raise ConnectError(reason(host)) from problem
            return reason(host)
        return refusal(found) if found is not None else reason(host)


def look_at(name: str, data: Mapping[str, Any], *, wire: Wire) -> firstlook.Look:
    """A first look at a host; nothing is changed. ConnectError when it cannot be reached."""
    with connected(name, data, wire=wire) as (_, host):
        _, output = host.run_shell_command(StringCommand(firstlook.COMMAND))
        return firstlook.parse(output.stdout_lines)


def is_alive(wire: Wire) -> bool:
    """Whether a node's connection is still there."""
    transport = wire.client.get_transport() if wire.client is not None else None
    return transport is not None and transport.is_active()


def reason(host: Host) -> str:
    """What a host said last that explains a failure, without secrets."""
    return str(masked(_reason(host)))


def _reason(host: Host) -> str:
    connector = host.connector
    if not isinstance(connector, Connector):
        return str(host.connector_data.get("problem", "failed"))
    if connector.wire.problem is not None:
        return connector.wire.problem
    last = connector.wire.last
    told = advice(last.lines) if last is not None else None
    if told is not None:
        return told
    said = [line for line in last.lines if line.strip()][-6:] if last is not None else []
    return " / ".join(said) or "failed without a word"
