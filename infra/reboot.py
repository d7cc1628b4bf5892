"""Boots a host anew and reaches it again; done when its boot id is another one."""

import contextlib
import time
from typing import Protocol

import gevent

from infra.observed import BOOT_ID_COMMAND
from infra.wire import Answer, Wire

_SETTLE_SECONDS = 120
_ANSWER_SECONDS = 10.0
_ORDER = "(sleep 0.2; systemctl reboot) >/dev/null 2>&1 </dev/null &"


class Line(Protocol):
    """A connection to a host that can be dropped and made again."""

    wire: Wire

    def answer(self, text: str, *, seconds: float) -> Answer:
        """What root's shell answers."""

    def connect(self) -> None:
        """Connect again."""

    def close(self) -> None:
        """Drop the connection."""


Lost = tuple[type[Exception], ...]


def reboot(line: Line, *, reason: str, lost: Lost) -> bool:
    """Whether the host came back with another boot id within `wire.reboot_seconds`.

    `wire.problem` says why not. `lost` are the errors of a connection that cannot be made; what
    else `wire.after_reboot` raises is raised here.
    """
    wire = line.wire
    if not wire.may_reboot:
        wire.problem = f"a reboot is needed ({reason}) and --no-reboot forbids it"
        return False
    before = _asked_again(line, lost=lost)
    wire.before_reboot()
    with contextlib.suppress(*lost):  # the answer may be lost with the host
        line.answer(_ORDER, seconds=_ANSWER_SECONDS)
    line.close()
    wire.answers.clear()
    wire.rebooted.append(reason)
    if not _comes_back(line, before=before, lost=lost):
        wire.problem = f"did not come back within {wire.reboot_seconds} s of its reboot ({reason})"
        return False
    return True


def reached(line: Line, *, deadline: float, lost: Lost) -> None:
    """Reach a host that goes down or boots, until `deadline` on the monotonic clock."""
    while True:
        line.close()
        gevent.sleep(0.5)
        try:
            return line.connect()
        except lost:
            if time.monotonic() > deadline:
                raise


def _asked_again(line: Line, *, lost: Lost) -> str:
    """The boot id before; an sshd that was restarted meanwhile is connected to anew."""
    with contextlib.suppress(*lost):
        return _boot_id(line)
    line.close()
    line.connect()
    return _boot_id(line)


def _comes_back(line: Line, *, before: str, lost: Lost) -> bool:
    deadline = time.monotonic() + line.wire.reboot_seconds
    while time.monotonic() < deadline:
        try:
            line.connect()
            if _boot_id(line) not in ("", before):
                line.wire.after_reboot()
                _settle(line, seconds=min(_SETTLE_SECONDS, deadline - time.monotonic()))
                return True
        except lost:
            pass
        line.close()
        gevent.sleep(0.2)
    return False


def _settle(line: Line, *, seconds: float) -> None:
    """Wait for what starts with the system; a host that drops the line here is not back yet."""
    waiting = f"timeout {max(1, round(seconds))} systemctl is-system-running --wait || true"
    line.answer(waiting, seconds=seconds + _ANSWER_SECONDS)


def _boot_id(line: Line) -> str:
    return line.answer(BOOT_ID_COMMAND, seconds=_ANSWER_SECONDS).stdout.decode().strip()
