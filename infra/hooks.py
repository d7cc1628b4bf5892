"""Programs that an inventory names, run on the control host: a drill's wipe and installation."""

import os
import shlex
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence

from infra.masked import masked

_LAST_LINES = 4
_FAREWELL_SECONDS = 5
Hear = Callable[[str], None]


class HookError(Exception):
    """A program that did not do what it is for; its sentence says what it said last."""


def run(
    argv: Sequence[str], *, variables: Mapping[str, str], seconds: float, hear: Hear
) -> tuple[str, ...]:
    """Lines of a program's standard output; HookError when it fails or takes too long.

    `variables` are added to our own; `hear` gets every line that it wrote. The program leads a
    process group, which is ended as a whole when the time is up, or when we are interrupted.
    """
    hear(f"$ {shlex.join(argv)}")
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **variables},
            start_new_session=True,
        )
    except OSError as problem:
        raise HookError(f"{argv[0]}: {problem.strerror}") from problem
    try:
        written = process.communicate(timeout=seconds)
        late = False
    except subprocess.TimeoutExpired:
        written, late = _ended(process), True
    except BaseException:
        _kill(process)
        raise
    out, err = (_lines(text) for text in written)
    for line in (*out, *err):
        hear(f"| {line}")
    if late:
        raise HookError(f"{argv[0]}: not done after {seconds:g} s, and ended{_last(out, err)}")
    if process.returncode != 0:
        raise HookError(f"{argv[0]}: {_status(process.returncode)}{_last(out, err)}")
    return out


def _ended(process: "subprocess.Popen[bytes]") -> tuple[bytes, bytes]:
    """What a program wrote that is ended now, with all that it started."""
    _kill(process)
    try:
        return process.communicate(timeout=_FAREWELL_SECONDS)
    except subprocess.TimeoutExpired:  # something left the group and keeps the pipes
        return b"", b""


def _kill(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def _lines(text: bytes) -> tuple[str, ...]:
    return tuple(text.decode(errors="replace").splitlines())


def _status(code: int) -> str:
    return f"ended by signal {-code}" if code < 0 else f"exit status {code}"


def _last(out: Sequence[str], err: Sequence[str]) -> str:
    said = [line for line in (err or out) if line.strip()][-_LAST_LINES:]
    return f": {masked(' / '.join(said))}" if said else ""
