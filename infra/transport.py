"""The thin layer under unchanged pyinfra operations that makes them fast and strict.

Every connection has TCP_NODELAY and strict host keys; no fact is asked twice while nothing
changed; the facts that a role asked last time come in one round trip; a sudo password travels on
standard input, never in an argument list.
"""

import secrets
import shlex
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import gevent
from gevent.local import local
from paramiko import Channel, SSHException
from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.connectors import ssh
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.connectors.sshuserclient import client as sshuserclient
from pyinfra.connectors.sshuserclient.client import SSHClient, get_host_keys
from pyinfra.connectors.util import CommandOutput, OutputLine, make_unix_command

from infra.questions import Question, asked_lines, batch, batched, told
from infra.wire import Answer, Difference, Exchange, Wire

_SILENCE_MILLISECONDS = 60_000
"""A host that acknowledges nothing for that long is gone; keepalives see to it that it must."""


class _Hops(local):  # type: ignore[misc]  # gevent has no types
    policy = "yes"


_hops = _Hops()


class _StrictClient(SSHClient):
    """pyinfra asks about a jump host's unknown key; it is treated like its target's instead."""

    def connect(self, hostname: str, **given: Any) -> None:  # type: ignore[override]  # noqa: ANN401
        if given.get("_pyinfra_ssh_strict_host_key_checking") is None:
            given["_pyinfra_ssh_strict_host_key_checking"] = _hops.policy
        super().connect(hostname, **given)  # type: ignore[no-untyped-call]


ssh.SSHClient = sshuserclient.SSHClient = _StrictClient  # type: ignore[misc, attr-defined]


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
        self.client = wire.client  # type: ignore[assignment]  # it is pyinfra's own client
        wire.answers.clear()
        wire.asked.clear()

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
            get_host_keys.cache.clear()
            _hops.policy = self.data["ssh_strict_host_key_checking"]
            self._connect_or_advise()
            self.wire.client = self.client
            self.wire.round_trips += 1
            _hasten(self.client)

    def _connect_or_advise(self) -> None:
        try:
            super().connect()
        except ConnectError as problem:
            if "No host key for" not in str(problem):
                raise
            where = self.data["ssh_known_hosts_file"]
            advice = f"{problem}; compare it on the host, then pin it in {where}"
            raise ConnectError(f"{advice} with --accept-new-host-keys") from problem

    def close(self) -> None:
        """Drop the connection."""
        if self.client is not None:
            self.client.close()
        self.client = self.wire.client = None

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
        question: Question = (_asker(arguments), _inner(command, arguments).get_raw_value())
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
            self.connect()
            self.wire.problem = None
            return self._run(command, arguments)

    def answer(self, text: str, *, seconds: float) -> Answer:
        """What root's shell answers to text; TimeoutError when it takes longer."""
        if self.client is None:
            raise SSHException("the connection is closed")
        started = time.monotonic()
        raw, stdin = _wrapped(StringCommand(text), _as_root(self.host))
        self.wire.round_trips += 1
        with gevent.Timeout(seconds, TimeoutError):
            answer = _exchanged(self.client, raw, stdin=stdin, seconds=seconds)
        self.wire.listen(
            Exchange(
                command=text,
                status=answer.status,
                stdout=_lines(answer.stdout),
                stderr=_lines(answer.stderr),
                seconds=time.monotonic() - started,
            )
        )
        return answer

    def prefetch(self, questions: Sequence[Question], *, password: str | None = None) -> None:
        """Ask many questions in one round trip for each asker; keep what was answered."""
        for asker in dict.fromkeys(asker for asker, _ in questions):
            texts = [text for by, text in questions if by == asker]
            arguments: dict[str, Any] = {"_stdin": batch(texts)}
            if asker:
                arguments |= {"_sudo": True, "_sudo_user": asker, "_sudo_password": password}
            exchange = self._exchange(StringCommand("sh -s"), arguments, seconds=120)
            got_all = batched(exchange.stdout, count=len(texts))
            answers = list(zip(texts, got_all, strict=True))
            self.wire.answers |= {(asker, text): got for text, got in answers if got is not None}
            said = asked_lines(answers)
            self.wire.listen(replace(exchange, command=told(asker), stdout=said))

    def _run(self, command: StringCommand, arguments: dict[str, Any]) -> tuple[bool, CommandOutput]:
        exchange = self._exchange(command, arguments, seconds=arguments.get("_timeout"))
        self.wire.last = exchange
        self.wire.listen(exchange)
        good = exchange.status in (arguments.get("_success_exit_codes") or [0])
        return good, output_of(exchange.stdout, exchange.stderr)

    def _exchange(
        self, command: StringCommand, arguments: dict[str, Any], *, seconds: float | None
    ) -> Exchange:
        self._reconnect_if_lost()
        started = time.monotonic()
        raw, stdin = _wrapped(command, arguments)
        self.wire.round_trips += 1
        answer = self._answered(raw, stdin=stdin, seconds=seconds)
        return Exchange(
            command=str(command),
            status=answer.status,
            stdout=_lines(answer.stdout),
            stderr=_lines(answer.stderr),
            seconds=time.monotonic() - started,
        )

    def _answered(self, raw: str, *, stdin: str, seconds: float | None) -> Answer:
        """The host's answer; `wire.problem` says what became of it when there is none."""
        if self.client is None:
            raise SSHException("the connection is closed")
        try:
            with gevent.Timeout(seconds, TimeoutError):
                return _exchanged(self.client, raw, stdin=stdin, seconds=seconds)
        except TimeoutError:
            self.wire.problem = f"no answer within {seconds} s"
            raise
        except (SSHException, OSError, EOFError) as lost:
            self.wire.problem = f"the connection was lost: {lost or type(lost).__name__}"
            raise

    def _reconnect_if_lost(self) -> None:
        transport = self.client.get_transport() if self.client is not None else None
        if transport is None or not transport.is_active():
            self.close()
            self.connect()


def _exchanged(client: SSHClient, command: str, *, stdin: str, seconds: float | None) -> Answer:
    send, receive, errors = client.exec_command(command, timeout=seconds)
    with receive.channel:
        if stdin:
            send.write(stdin)
        send.channel.shutdown_write()
        stderr = gevent.spawn(errors.read)  # beside stdout: a full window would stop both
        stdout = receive.read()
        status = receive.channel.recv_exit_status()
        return Answer(status=status, stdout=stdout, stderr=stderr.get())


def _as_root(host: Host) -> dict[str, Any]:
    keys = ("_sudo", "_sudo_password")
    return {key: getattr(host.data, key) for key in keys if host.data.get(key) is not None}


def _hasten(client: SSHClient | None) -> None:
    """Small packets go out at once: paramiko leaves Nagle's algorithm on, 40 ms a command.

    Behind a jump host the packets leave by the socket of the first hop.
    """
    transport = client.get_transport() if client is not None else None
    if transport is None:
        return
    transport.set_keepalive(15)
    below = transport.sock
    while isinstance(below, Channel):
        below = below.get_transport().sock
    if isinstance(below, socket.socket):
        below.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        below.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _SILENCE_MILLISECONDS)


def output_of(stdout: Sequence[str], stderr: Sequence[str] = ()) -> CommandOutput:
    """Command output as pyinfra passes it on, from its lines."""
    said = [OutputLine("stdout", line) for line in stdout]
    return CommandOutput([*said, *(OutputLine("stderr", line) for line in stderr)])


def _lines(output: bytes) -> tuple[str, ...]:
    return tuple(output.decode(errors="replace").splitlines())


def _asker(arguments: dict[str, Any]) -> str:
    return (arguments.get("_sudo_user") or "root") if arguments.get("_sudo") else ""


def _inner(command: StringCommand, arguments: dict[str, Any]) -> StringCommand:
    keys = ("_env", "_chdir", "_shell_executable")
    return make_unix_command(command, **{key: arguments[key] for key in keys if key in arguments})


_AFTER_PASSWORD = 'while IFS= read -r line; do [ "$line" = "$0" ] && break; done; exec "$@"'
"""Skips to the mark ($0): sudo reads the password before it only when it asks for one."""


def _wrapped(command: StringCommand, arguments: dict[str, Any]) -> tuple[str, str]:
    stdin = arguments.get("_stdin") or ""
    inner = _inner(command, arguments).get_raw_value()
    if not arguments.get("_sudo"):
        return inner, stdin
    user = shlex.quote(_asker(arguments))
    password = arguments.get("_sudo_password")
    if not password:
        return f"sudo -H -n -u {user} {inner}", stdin
    mark = secrets.token_hex(8)
    skipping = f"sh -c {shlex.quote(_AFTER_PASSWORD)} {mark} {inner}"
    return f"sudo -H -S -k -p '' -u {user} {skipping}", f"{password}\n{mark}\n{stdin}"
