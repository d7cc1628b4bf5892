"""A node's connection for asking: as root, limited in time, and lost only once."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from paramiko import SSHException

from infra import gate, node_state
from infra.connection import opened
from infra.gate import Gate, Standing
from infra.secrets import SecretError
from infra.site import Node
from infra.stage import FAILURES, connected
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
        self,
        node: Node,
        *,
        accept_new: bool = False,
        listen: Listen = lambda exchange: None,
        folder: str = node_state.FOLDER,
    ) -> None:
        """A session that is not open yet; `accept_new` pins a host key seen for the first time."""
        self.node, self.accept_new, self.listen = node, accept_new, listen
        self.folder = folder
        self.problem: str | None = "unreachable: not connected"
        self.remarks: list[str] = []
        """Sentences on what its verdicts may be worth, and whether they were left there."""
        self.standing = Standing()
        """Where the node stood when it was opened."""
        self._connector: Connector | None = None
        self._deploying = False

    @classmethod
    def over(cls, connector: Connector, *, node: Node) -> "Session":
        """A session that is open already, on a connection that somebody else closes."""
        made = cls(node)
        made._connector, made.problem = connector, None
        return made

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

    def conclude(self, record: str) -> None:
        """Leave a line of JSON on the node as its last check; `remarks` say what was in the way."""
        if self.problem is not None or self._connector is None:
            return
        leave = node_state.leave_command(node_state.LAST_CHECK, folder=self.folder)
        asking = node_state.held_command(self.folder)
        try:
            answer = self._connector.answer(
                f"{asking}; {leave}", seconds=_PROBE_SECONDS, stdin=record
            )
        except (SSHException, OSError, EOFError) as lost:
            self._not_left(str(lost) or type(lost).__name__)
            return
        self._note_deploy(answer.stdout)
        if answer.status != 0:
            self._not_left(answer.stderr.decode(errors="replace").strip())

    def leave_gate(self, found: Gate) -> bool:
        """Leave a gate on the node, unless it is being deployed; whether it is there now."""
        if self.problem is not None or self._connector is None or self._deploying:
            return False
        leave = node_state.leave_command(node_state.GATE, folder=self.folder)
        try:
            answer = self._connector.answer(leave, seconds=_PROBE_SECONDS, stdin=found.as_json())
        except (SSHException, OSError, EOFError) as lost:
            self._not_left(str(lost) or type(lost).__name__, name=node_state.GATE)
            return False
        if answer.status != 0:
            why = answer.stderr.decode(errors="replace").strip()
            self._not_left(why, name=node_state.GATE)
        return answer.status == 0

    def _not_left(self, why: str, *, name: str = node_state.LAST_CHECK) -> None:
        at = f"{self.folder}/{name}"
        self.remarks.append(f"{self.node.name}: {at} could not be written: {why}")

    def _note_deploy(self, said: bytes) -> None:
        found = node_state.half_done(self.node.name, said.decode(errors="replace"))
        self._deploying = self._deploying or found is not None
        if found is not None and found not in self.remarks:
            self.remarks.append(found)

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
        standing, held = gate.standing_command(self.folder), node_state.held_command(self.folder)
        told = f"printf '%s\\n' \"$({held})\"; {standing}"
        answer = self.run(f"id -u && {{ {told}; }}", seconds=_PROBE_SECONDS * 3)
        uid, _, said_of_it = answer.stdout.partition(b"\n")
        # who deploys is one line; a gate that somebody wrote by hand may be several
        deploying, _, stood = said_of_it.partition(b"\n")
        said = (answer.stderr or uid).decode(errors="replace").strip()
        if answer.status == 0 and uid.strip() == b"0":
            self.standing = gate.parse(stood.decode(errors="replace"))
            self._note_deploy(deploying)
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
