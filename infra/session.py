"""A node's connection for asking: as root, limited in time, and lost only once."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from paramiko import SSHException

from infra.connection import opened
from infra.stage import FAILURES, connected
from infra.secrets import SecretError
from infra.site import Node
from infra.transport import Connector
from infra.wire import Answer, Exchange, Wire

_PROBE_SECONDS = 10.0
Listen = Callable[[Exchange], None]
"""Called after every round trip."""


class NoAnswerError(Exception):
    """A command that was not answered; its sentence says why."""


class Asked(Protocol):
    """A node that answers commands; a `Session`, except in tests."""

    problem: str | None

    def open(self) -> None:
        """Connect; `problem` says why that did not work."""

    def run(self, command: str, *, seconds: float) -> Answer:
        """What root's shell answers; NoAnswerError when it does not."""

    def close(self) -> None:
        """Drop the connection."""


class Session:
    """One node, asked over one connection; when that is lost, every question says so at once."""

    def __init__(
        self, node: Node, *, accept_new: bool = False, listen: Listen = lambda exchange: None
    ) -> None:
        """A session that is not open yet; `accept_new` pins a host key seen for the first time."""
        self.node, self.accept_new, self.listen = node, accept_new, listen
        self.problem: str | None = "unreachable: not connected"
        self._connector: Connector | None = None

    def open(self) -> None:
        """Connect and become root; `problem` says why that did not work."""
        try:
            self._connect(self._data())
            self.problem = None
            self.problem = self._not_root()
        except SecretError as problem:
            self.problem = f"unreachable: {problem}"
        except FAILURES as problem:
            self.problem = f"unreachable: {str(problem) or type(problem).__name__}"
        except NoAnswerError as problem:
            self.problem = f"unreachable: {problem}"

    def run(self, command: str, *, seconds: float) -> Answer:
        """What root's shell answers; NoAnswerError when it does not within so many seconds."""
        if self.problem is not None or self._connector is None:
            raise NoAnswerError(self.problem)
        try:
            return self._connector.answer(command, seconds=seconds)
        except TimeoutError as late:
            self._probe(self._connector)
            raise NoAnswerError(f"no answer within {seconds:g} s") from late
        except (SSHException, OSError, EOFError) as lost:
            self.problem = f"connection lost: {str(lost) or type(lost).__name__}"
            raise NoAnswerError(self.problem) from lost

    def close(self) -> None:
        """Drop the connection."""
        if self._connector is not None:
            self._connector.close()

    def _data(self) -> Mapping[str, Any]:
        data = opened(self.node.connection)
        return {**data, "ssh_strict_host_key_checking": "accept-new"} if self.accept_new else data

    def _connect(self, data: Mapping[str, Any]) -> None:
        with connected(self.node.name, data, wire=Wire(listen=self.listen)) as (_, host):
            if isinstance(host.connector, Connector):
                self._connector = host.connector

    def _not_root(self) -> str | None:
        answer = self.run("id -u", seconds=_PROBE_SECONDS * 3)
        said = (answer.stderr or answer.stdout).decode(errors="replace").strip()
        if answer.status == 0 and answer.stdout.strip() == b"0":
            return None
        if answer.status == 0:
            return f"unproven without root (logged in as user {said}): set _sudo = True"
        return f"unproven without root: {said}; give _sudo_password by reference"

    def _probe(self, connector: Connector) -> None:
        """One slow command is that check's matter; a silent host is every check's."""
        try:
            connector.answer("true", seconds=_PROBE_SECONDS)
        except (SSHException, OSError, EOFError):
            self.problem = f"connection lost: no answer within {_PROBE_SECONDS:g} s"
