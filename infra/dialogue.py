"""A command on a node that goes on while its input is open: lines to it, and lines from it."""

from paramiko import Channel, SSHClient

_OPEN_SECONDS = 30.0


class Dialogue:
    """Both ends of one channel; the command hears the end of its input when this closes."""

    def __init__(self, channel: Channel) -> None:
        """A dialogue over a channel whose command was started."""
        self._channel, self._rest = channel, b""

    @property
    def over(self) -> bool:
        """Whether the command ended or the connection is cut."""
        return bool(self._channel.closed or self._channel.eof_received)

    def say(self, line: str, *, seconds: float) -> None:
        """Send a line; OSError when nobody takes it."""
        self._channel.settimeout(seconds)
        self._channel.sendall(f"{line}\n".encode())

    def hear(self, *, seconds: float) -> str | None:
        """The next line; None when there will be none; TimeoutError when none came in time."""
        while b"\n" not in self._rest:
            self._channel.settimeout(seconds)
            got = self._channel.recv(65536)
            if not got:
                return None
            self._rest += got
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode(errors="replace")

    def heard(self) -> list[str]:
        """The lines that are there already."""
        lines: list[str] = []
        while b"\n" in self._rest or self._channel.recv_ready():
            try:
                line = self.hear(seconds=0.0)
            except TimeoutError:
                break
            if line is None:
                break
            lines.append(line)
        return lines

    def close(self) -> None:
        """End the command's input."""
        self._channel.close()


def begun(client: SSHClient, command: str, *, stdin: str) -> Dialogue:
    """A dialogue with a command that was given the start of its input."""
    transport = client.get_transport()
    if transport is None:
        raise EOFError("the connection is closed")
    channel = transport.open_session(timeout=_OPEN_SECONDS)
    channel.set_combine_stderr(True)
    channel.exec_command(command)
    channel.sendall(stdin.encode())
    return Dialogue(channel)
