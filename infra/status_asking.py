"""A node asked for its status: one connection that is kept, one command a look."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import gevent
from gevent.pool import Pool

from infra import status_question
from infra.connection import opened
from infra.secrets import SecretError
from infra.site import Node
from infra.stage import FAILURES, connected
from infra.status import Look
from infra.transport import Connector
from infra.wire import Exchange, Wire

REACH_SECONDS = 5
"""How long a host may take to let somebody in, step by step."""
_WHOLE_SECONDS = 30.0
"""How long connection and answer may take together."""
_AT_ONCE = 50

Listen = Callable[[str, Exchange], None]


class Watcher:
    """One node's connection for looking at it, opened when first needed and after a loss."""

    def __init__(self, node: Node, *, accept_new: bool, listen: Listen) -> None:
        """A watcher that is not connected yet."""
        self.node, self.accept_new = node, accept_new
        self._listen = partial(listen, node.name)
        self._connector: Connector | None = None

    def look(self) -> Look:
        """What the node tells now; `problem` says why it tells nothing."""
        try:
            with gevent.Timeout(_WHOLE_SECONDS, TimeoutError):
                return self._asked()
        except SecretError as problem:
            return Look(self.node.name, problem=str(problem))
        except TimeoutError:
            self.close()
            return Look(self.node.name, problem=f"no answer within {_WHOLE_SECONDS:g} s")
        except FAILURES as problem:
            self.close()
            return Look(self.node.name, problem=str(problem) or type(problem).__name__)

    def _asked(self) -> Look:
        if self._connector is None:
            self._connect()
        if self._connector is None:
            return Look(self.node.name, problem="not reached over SSH")
        text = status_question.command(self.node)
        answer = self._connector.answer(text, seconds=_WHOLE_SECONDS)
        said = answer.stdout.decode(errors="replace")
        if not said.strip():
            why = answer.stderr.decode(errors="replace").strip().splitlines()
            return Look(self.node.name, problem=why[-1] if why else "it said nothing")
        return status_question.look(self.node, said)

    def _connect(self) -> None:
        data = _impatient(opened(self.node.connection), accept_new=self.accept_new)
        with connected(self.node.name, data, wire=Wire(listen=self._listen)) as (_, host):
            if isinstance(host.connector, Connector):
                self._connector = host.connector

    def close(self) -> None:
        """Drop the connection."""
        if self._connector is not None:
            self._connector.close()
        self._connector = None


def _impatient(data: Mapping[str, Any], *, accept_new: bool) -> dict[str, Any]:
    own = data.get("ssh_paramiko_connect_kwargs") or {}
    limits = {"timeout": REACH_SECONDS, "banner_timeout": REACH_SECONDS}
    policy = {"ssh_strict_host_key_checking": "accept-new"} if accept_new else {}
    once = {"ssh_connect_retries": 0, "ssh_paramiko_connect_kwargs": {**limits, **own}}
    return {**data, **once, **policy}


def looks(watchers: Sequence[Watcher]) -> dict[str, Look]:
    """What each node tells, by name, all asked side by side."""
    found = Pool(_AT_ONCE).map(lambda watcher: watcher.look(), watchers)
    return {look.node: look for look in found}
