"""An SSH server on loopback that runs commands for real, as this user."""

import contextlib
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest


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
    stdin = channel.makefile("rb").read()
    done = subprocess.run(["sh", "-c", command.decode()], input=stdin, capture_output=True)
    channel.sendall(done.stdout)
    channel.sendall_stderr(done.stderr)
    channel.send_exit_status(done.returncode)
    channel.close()


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
