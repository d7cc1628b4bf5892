"""Programs that an inventory names, run on the control host: a drill's wipe and installation."""

import os
import shlex
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from infra.masked import masked

_LAST_LINES = 4
_LAST_CHARACTERS = 300
"""Of each line: a progress bar may be one without an end."""
_FAREWELL_SECONDS = 5
_STATE, _BORN = 0, 19
"""Fields of /proc/PID/stat, counted after the name."""
Hear = Callable[[str], None]


class HookError(Exception):
    """A program that did not do what it is for; its sentence says what it said last."""


def run(
    argv: Sequence[str],
    *,
    variables: Mapping[str, str],
    seconds: float,
    hear: Hear,
    began: Callable[[str], None] = lambda mark: None,
) -> tuple[str, ...]:
    """Lines of a program's standard output; HookError when it fails or takes too long.

    `variables` are added to our own; `hear` gets every line that it wrote. The program leads a
    process group, which is ended as a whole when the time is up, or when we are interrupted.
    `began` is told by which mark `end_left` finds it should we be killed ourselves.
    """
    hear(f"$ {shlex.join(argv)}")
    process = _started(argv, variables=variables)
    try:
        began(f"{process.pid} {_born(process.pid)}")
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


def _started(argv: Sequence[str], *, variables: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **variables},
            start_new_session=True,
        )
    except OSError as problem:
        raise HookError(f"{argv[0]}: {problem.strerror}") from problem


def end_left(mark: str) -> bool:
    """End a program that outlived who started it, and its group; whether there was one."""
    pid, _, born = mark.partition(" ")
    if not born or _born(int(pid)) != born:
        return False
    with suppress(ProcessLookupError):
        os.killpg(int(pid), signal.SIGKILL)
    return True


def _born(pid: int) -> str:
    """When a process began, which no other of its number did; empty where that is not known."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[_STATE] in "ZX" else fields[_BORN]


def _ended(process: "subprocess.Popen[bytes]") -> tuple[bytes, bytes]:
    """What a program wrote that is ended now, with all that it started."""
    _kill(process)
    try:
        return process.communicate(timeout=_FAREWELL_SECONDS)
    except subprocess.TimeoutExpired:  # something left the group and keeps the pipes
        return b"", b""


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):  # its leader may be gone, and others of it at work
        os.killpg(process.pid, signal.SIGKILL)


def _lines(text: bytes) -> tuple[str, ...]:
    return tuple(text.decode(errors="replace").splitlines())


def _status(code: int) -> str:
    return f"ended by signal {-code}" if code < 0 else f"exit status {code}"


def _last(out: Sequence[str], err: Sequence[str]) -> str:
    lines = [line for line in (err or out) if line.strip()][-_LAST_LINES:]
    said = [str(masked(line)).strip()[-_LAST_CHARACTERS:] for line in lines]
    return f": {' / '.join(said)}" if said else ""
