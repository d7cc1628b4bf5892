"""One command over a channel of a node's connection: sent, answered, and told when it is cut."""

import socket
import threading
import time

import gevent
from paramiko import Channel, SSHClient, SSHException, Transport

from infra.wire import Answer

_SILENCE_MILLISECONDS = 60_000
"""A host that acknowledges nothing for that long is gone; keepalives see to it that it must."""
_KEEPALIVE_SECONDS = 15.0
_MUTE_SECONDS = 90.0
"""An sshd that answers no keepalive for that long is gone, though its kernel acknowledges it."""
_NONE = -1
"""What paramiko gives for an exit status that never came."""


def exchanged(client: SSHClient, command: str, *, stdin: str, seconds: float | None) -> Answer:
    """What the login's shell answers to a command; EOFError when the connection is cut first."""
    send, receive, errors = client.exec_command(command, timeout=seconds)
    with receive.channel as channel:
        if stdin:
            send.write(stdin)
        send.channel.shutdown_write()
        stderr = gevent.spawn(errors.read)  # beside stdout: a full window would stop both
        stdout = receive.read()
        status = channel.recv_exit_status()
        if status == _NONE and not channel.eof_received:  # a killed command still ends its output
            raise EOFError("it was cut before the answer")
        return Answer(status=status, stdout=stdout, stderr=stderr.get())


def hasten(client: SSHClient | None) -> None:
    """Small packets go out at once: paramiko leaves Nagle's algorithm on, 40 ms a command.

    Behind a jump host the packets leave by the socket of the first hop.
    """
    transport = client.get_transport() if client is not None else None
    if transport is None:
        return
    threading.Thread(target=_kept_alive, args=(transport,), daemon=True).start()
    below = transport.sock
    while isinstance(below, Channel):
        below = below.get_transport().sock
    if isinstance(below, socket.socket):
        below.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        below.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _SILENCE_MILLISECONDS)


def _kept_alive(transport: Transport) -> None:
    """Ask for a sign of life as ssh's ServerAliveInterval does; who gives none is cut off.

    A path that loses large packets alone acknowledges all that is sent there, and answers nothing.
    """
    while transport.is_active():
        time.sleep(_KEEPALIVE_SECONDS)
        cut = threading.Timer(_MUTE_SECONDS, transport.close)
        cut.daemon = True
        cut.start()
        try:
            transport.global_request("keepalive@openssh.com", wait=True)
        except (SSHException, OSError, EOFError):
            return
        finally:
            cut.cancel()
