"""An SSH server on loopback that runs commands for real, as this user."""

import contextlib
import json
import shlex
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import paramiko
import pytest

from infra.wire import Answer


class _Login(paramiko.ServerInterface):
    def __init__(self, commands: list[str], canned: dict[str, str]) -> None:
        self.commands, self.canned = commands, canned
        self.destination: tuple[str, int] | None = None

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return paramiko.common.AUTH_SUCCESSFUL

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.common.OPEN_SUCCEEDED

    def check_channel_direct_tcpip_request(
        self, chanid: int, origin: tuple[str, int], destination: tuple[str, int]
    ) -> int:
        self.destination = destination
        return paramiko.common.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self.commands.append(command.decode())
        text = next((said for key, said in self.canned.items() if key in command.decode()), None)
        shell = command if text is None else f"cat <<'END'\n{text}\nEND\n".encode()
        threading.Thread(target=_execute, args=(channel, shell), daemon=True).start()
        return True


def _execute(channel: paramiko.Channel, command: bytes) -> None:
    made = subprocess.Popen(
        ["sh", "-c", command.decode()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert made.stdin and made.stdout and made.stderr
    feeding = threading.Thread(target=_feed, args=(channel, made.stdin), daemon=True)
    feeding.start()
    errors = threading.Thread(target=_drain, args=(made.stderr, channel.sendall_stderr))
    errors.start()
    _drain(made.stdout, channel.sendall)
    errors.join()
    with contextlib.suppress(OSError, EOFError):
        channel.send_exit_status(made.wait())
        channel.shutdown_write()
        feeding.join(0.5)  # a channel must not close before the answer that it was opened
        channel.close()


def _feed(channel: paramiko.Channel, stdin: IO[bytes]) -> None:
    with contextlib.suppress(OSError, EOFError), stdin:
        while data := channel.recv(65536):
            stdin.write(data)
            stdin.flush()


def _drain(source: IO[bytes], send: Callable[[bytes], object]) -> None:
    with contextlib.suppress(OSError, EOFError), source:
        while data := source.read1(65536):  # type: ignore[attr-defined]
            send(data)


def _forward(transport: paramiko.Transport, login: _Login) -> None:
    """Be a jump host: what comes through a forwarded channel goes on to its destination."""
    while transport.is_active():
        channel = transport.accept(1)
        if channel is not None and login.destination is not None:
            onward = socket.create_connection(login.destination)
            for source, target in ((channel, onward), (onward, channel)):
                threading.Thread(target=_pump, args=(source, target), daemon=True).start()


def _pump(
    source: socket.socket | paramiko.Channel, target: socket.socket | paramiko.Channel
) -> None:
    with contextlib.suppress(OSError, EOFError):
        while data := source.recv(65536):
            target.sendall(data)
    target.close()


class SshServer:
    """A server with its own host key; every command it was given is kept.

    A command that holds a key of `canned` is not run: it is answered with that text.
    """

    def __init__(self, folder: Path) -> None:
        self.commands: list[str] = []
        self.canned: dict[str, str] = {}
        self.host_key = paramiko.ECDSAKey.generate()
        self.transports: list[paramiko.Transport] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.known_hosts = folder / "known_hosts"
        self.key = folder / "key"
        paramiko.ECDSAKey.generate().write_private_key_file(str(self.key))
        self.pin(self.host_key)
        threading.Thread(target=self._serve, daemon=True).start()

    def pin(self, key: paramiko.PKey) -> None:
        entry = paramiko.hostkeys.HostKeyEntry([f"[127.0.0.1]:{self.port}"], key).to_line()
        self.known_hosts.write_text(entry or "")

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(self.host_key)
            self.transports.append(transport)
            login = _Login(self.commands, self.canned)
            transport.start_server(threading.Event(), login)
            threading.Thread(target=_forward, args=(transport, login), daemon=True).start()

    def drop(self) -> None:
        """Cut every connection, as a restarting sshd's crash would."""
        for transport in self.transports:
            transport.close()

    def stop(self) -> None:
        """Stop listening and cut what is open."""
        self.socket.close()
        self.drop()

    @property
    def data(self) -> dict[str, object]:
        """Connection data that reaches it."""
        return {
            "ssh_hostname": "127.0.0.1",
            "ssh_port": self.port,
            "ssh_user": "tester",
            "ssh_key": str(self.key),
            "ssh_known_hosts_file": str(self.known_hosts),
            "ssh_strict_host_key_checking": "yes",
            "ssh_config_file": "/dev/null",
        }


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    """A fresh server."""
    started = SshServer(tmp_path)
    yield started
    started.stop()


class Rotating:
    """A balancer's session whose rotation program works in memory.

    `left` are the requests that each `settle` still finds; `says` is told each command before it
    is obeyed, and may answer in its place.
    """

    def __init__(self, *nodes: str) -> None:
        self.holds: dict[str, list[dict[str, str]]] = {node: [] for node in nodes}
        self.canaries: dict[str, dict[str, object]] = {}
        self.swaps: dict[str, dict[str, str]] = {}
        self.in_flight: dict[str, int] = dict.fromkeys(nodes, 0)
        self.left: list[int] = []
        self.commands: list[list[str]] = []
        self.says: Callable[[list[str]], Answer | None] = lambda words: None
        self.problem: str | None = "unreachable: not connected"
        self.opened = 0

    def open(self) -> None:
        self.problem, self.opened = None, self.opened + 1

    def close(self) -> None: ...

    def run(self, command: str, *, seconds: float) -> Answer:
        from infra.session import NoAnswerError  # pure modules' tests need no pyinfra

        if self.problem is not None:
            raise NoAnswerError(self.problem)
        words = shlex.split(command.partition("; ")[2])[1:]
        self.commands.append(words)
        said = self.says(words)
        return self._obeyed(words) if said is None else said

    def _obeyed(self, words: list[str]) -> Answer:
        if words[0] in ("canary", "swap", "unswap"):
            return self._placed(words)
        verb, given = words[0], dict(zip(words[2::2], words[3::2], strict=False))
        if verb == "settle":
            return self._settled(words[1])
        if verb in ("hold", "lift"):
            self._lift(words[1], owner=given["--owner"])
        if verb == "hold":
            hold = {key: given[f"--{key}"] for key in ("owner", "reason", "by")}
            self.holds[words[1]].append({**hold, "since": "2026-11-21T03:12:00Z"})
        return self._told()

    def _told(self) -> Answer:
        nodes = {node: self._state(node) for node in self.holds}
        said = {"nodes": nodes, "canary": self.canaries, "swaps": self.swaps}
        return Answer(0, json.dumps(said).encode(), b"")

    def _placed(self, words: list[str]) -> Answer:
        """Canary verbs, `swap DEAD SPARE --by B` and `unswap DEAD`."""
        if words[0] == "swap":
            self.swaps[words[1]] = {"spare": words[2], "by": words[4], "since": "s"}
        elif words[0] == "unswap":
            self.swaps.pop(words[1], None)
        elif words[1] == "set":
            given = dict(zip(words[3::2], words[4::2], strict=True))
            entry = {"node": words[2], "share": float(given["--share"]), "endpoints": []}
            self.canaries["m"] = {**entry, "by": given["--by"], "since": "s"}
        else:
            self.canaries.clear()
        return self._told()

    def _lift(self, node: str, *, owner: str) -> None:
        self.holds[node] = [hold for hold in self.holds[node] if hold["owner"] != owner]

    def _settled(self, node: str) -> Answer:
        before, left = self.in_flight[node], self.left.pop(0) if self.left else 0
        self.in_flight[node] = left
        said = {"finished": before - left, "left": left, "seconds": 1.5}
        return Answer(0, json.dumps(said).encode(), b"")

    def _state(self, node: str) -> dict[str, object]:
        state = ("draining" if self.in_flight[node] else "out") if self.holds[node] else "in"
        flying = self.in_flight[node]
        return {"state": state, "holds": self.holds[node], "in_flight": flying, "pools": ["m"]}


@pytest.fixture
def rotating() -> type[Rotating]:
    """A balancer's session whose rotation program works in memory."""
    return Rotating
