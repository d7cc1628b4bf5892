"""The thin layer under unchanged pyinfra operations that makes them fast and strict.

Every connection has TCP_NODELAY and strict host keys; no fact is asked twice while nothing
changed; the facts that a role asked last time come in one round trip; a sudo password travels on
standard input, never in an argument list.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import gevent
from paramiko import SSHException
from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.connectors.sshuserclient.client import SSHClient
from pyinfra.connectors.util import CommandOutput

from infra import dialogue, reaching
from infra.arguments import as_root, asker, inner, output_of, wrapped
from infra.channel import exchanged, hasten
from infra.questions import Question, asked_lines, batch, batched, told
from infra.wire import Answer, Difference, Exchange, Wire, exchange

_FACT_SECONDS = 900
"""A question that is answered no sooner never is; a change has no limit but its own."""
_LOST = "whether it was done is not known; the next deploy looks and goes on"


class Connector(SSHConnector):
    """pyinfra's SSH connector with a Wire: counted, cached, strict."""

    def __init__(self, state: State, host: Host) -> None:
        """A connector that is not connected yet."""
        super().__init__(state, host)
        self.wire = Wire()
        self.reads_fact = False

    def adopt(self, wire: Wire) -> None:
        """Go on with a node's connection; facts are read afresh."""
        self.wire = wire
        wire.answers.clear()
        wire.asked.clear()

    @property
    def client(self) -> SSHClient | None:
        """The node's connection, the same one for every role and for the lease."""
        return self.wire.client  # type: ignore[return-value]  # it is pyinfra's own client

    @client.setter
    def client(self, made: SSHClient | None) -> None:
        self.wire.client = made

    @property
    def wants_differences(self) -> bool:
        """Whether to record what files would become."""
        return self.wire.wants_differences

    @property
    def differences(self) -> list[Difference]:
        """What was recorded."""
        return self.wire.differences

    def connect(self) -> None:
        """Connect, unless the wire is connected; ConnectError says why not."""
        if self.client is None:
            reaching.expect(self.data["ssh_strict_host_key_checking"])
            try:
                super().connect()
            except ConnectError as problem:
                self.close()
                known_hosts = self.data["ssh_known_hosts_file"]
                raise reaching.advised(problem, known_hosts=known_hosts) from problem.__context__
            self.wire.round_trips += 1
            hasten(self.client)

    def close(self) -> None:
        """Drop the connection."""
        if self.client is not None:
            self.client.close()
        self.client = None

    @contextmanager
    def facts(self) -> Iterator[None]:
        """Commands inside are questions: their answers hold until something is changed."""
        self.reads_fact = True
        try:
            yield
        finally:
            self.reads_fact = False

    def run_shell_command(
        self,
        command: StringCommand,
        print_output: bool = False,
        print_input: bool = False,
        **arguments: Any,  # noqa: ANN401
    ) -> tuple[bool, CommandOutput]:
        """Run shell text on the host: whether it succeeded, and its output."""
        if not self.reads_fact:
            self.wire.answers.clear()
            return self._run(command, arguments)
        question: Question = (asker(arguments), inner(command, arguments))
        if question not in self.wire.asked:
            self.wire.asked.append(question)
        if question in self.wire.answers:
            return True, output_of(self.wire.answers[question])
        succeeded, output = self._ask(command, arguments)
        if succeeded:
            self.wire.answers[question] = tuple(output.stdout_lines)
        return succeeded, output

    def _ask(self, command: StringCommand, arguments: dict[str, Any]) -> tuple[bool, CommandOutput]:
        """A question may be asked again when its connection is lost; a change may not."""
        try:
            return self._run(command, arguments)
        except (SSHException, EOFError, ConnectionError):
            self.close()
            reaching.again(self.connect)
            self.wire.problem = None
            return self._run(command, arguments)

    def answer(self, text: str, *, seconds: float, stdin: str = "") -> Answer:
        """What root's shell answers to text; TimeoutError when it takes longer."""
        if self.client is None:
            raise SSHException("the connection is closed")
        started = time.monotonic()
        raw, stdin = wrapped(StringCommand(text), {**as_root(self.host), "_stdin": stdin})
        self.wire.round_trips += 1
        with gevent.Timeout(seconds, TimeoutError):
            answer = exchanged(self.client, raw, stdin=stdin, seconds=seconds)
        self.wire.listen(exchange(text, answer, seconds=time.monotonic() - started))
        return answer

    def dialogue(self, text: str, *, first: str) -> dialogue.Dialogue:
        """Root's shell running text with its input left open; `first` is the input's first line."""
        self._reconnect_if_lost()
        if self.client is None:
            raise SSHException("the connection is closed")
        arguments = {**as_root(self.host), "_stdin": f"{first}\n"}
        raw, stdin = wrapped(StringCommand(text), arguments)
        self.wire.round_trips += 1
        return dialogue.begun(self.client, raw, stdin=stdin)

    def prefetch(self, questions: Sequence[Question], *, password: str | None = None) -> None:
        """Ask many questions in one round trip for each asker; keep what was answered."""
        for who in dict.fromkeys(who for who, _ in questions):
            texts = [text for by, text in questions if by == who]
            arguments: dict[str, Any] = {"_stdin": batch(texts)}
            if who:
                arguments |= {"_sudo": True, "_sudo_user": who, "_sudo_password": password}
            with self.facts():
                made = self._exchange(StringCommand("sh -s"), arguments, seconds=120)
            got_all = batched(made.stdout, count=len(texts))
            answers = list(zip(texts, got_all, strict=True))
            self.wire.answers |= {(who, text): got for text, got in answers if got is not None}
            said = asked_lines(answers)
            self.wire.listen(replace(made, command=told(who), stdout=said))

    def _run(self, command: StringCommand, arguments: dict[str, Any]) -> tuple[bool, CommandOutput]:
        seconds = arguments.get("_timeout") or (_FACT_SECONDS if self.reads_fact else None)
        made = self._exchange(command, arguments, seconds=seconds)
        self.wire.last = made
        self.wire.listen(made)
        good = made.status in (arguments.get("_success_exit_codes") or [0])
        return good, output_of(made.stdout, made.stderr)

    def _exchange(
        self, command: StringCommand, arguments: dict[str, Any], *, seconds: float | None
    ) -> Exchange:
        self._reconnect_if_lost()
        started = time.monotonic()
        raw, stdin = wrapped(command, arguments)
        self.wire.round_trips += 1
        answer = self._answered(raw, stdin=stdin, seconds=seconds)
        return exchange(str(command), answer, seconds=time.monotonic() - started)

    def _answered(self, raw: str, *, stdin: str, seconds: float | None) -> Answer:
        """The host's answer; `wire.problem` says what became of it when there is none."""
        if self.client is None:
            raise SSHException("the connection is closed")
        try:
            with gevent.Timeout(seconds, TimeoutError):
                return exchanged(self.client, raw, stdin=stdin, seconds=seconds)
        except TimeoutError:
            self.wire.problem = f"no answer within {seconds} s"
            raise
        except (SSHException, OSError, EOFError) as lost:
            told = f"the connection was lost ({str(lost) or type(lost).__name__})"
            self.wire.problem = told if self.reads_fact else f"{told}; {_LOST}"
            raise

    def _reconnect_if_lost(self) -> None:
        transport = self.client.get_transport() if self.client is not None else None
        if transport is None or not transport.is_active():
            self.close()
            reaching.again(self.connect)
