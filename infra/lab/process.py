"""The lab's long-running processes, and records of them: a pid and its start time, so that a
recycled pid is never taken for ours.
"""

import contextlib
import os
import select
import signal
from collections.abc import Sequence
from pathlib import Path

# Waits for a line before it becomes the command: nobody can leave behind what nobody recorded
_AFTER_RECORD = 'read -r _ && exec "$@" </dev/null'
# Nothing of the caller's: docker-registry, for one, takes settings from variables
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def launch(path: Path, *, command: Sequence[str | Path], log: Path) -> int:
    """Start a process that outlives this command, recorded at `path`; gives its id.

    What it says is added to `log`. It sees no variable of its starter's.
    """
    ready, go = os.pipe()
    try:
        child = os.posix_spawn(
            "/bin/sh",
            ["sh", "-c", _AFTER_RECORD, "sh", *(str(word) for word in command)],
            _ENVIRONMENT,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, ready, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
        )
        record(path, pid=child)
        os.write(go, b"\n")
        return child
    finally:
        os.close(ready)
        os.close(go)


def record(path: Path, *, pid: int) -> None:
    """Write the record of a running process to `path`, atomically."""
    started = _start_time(pid)
    if started is None:
        raise ProcessLookupError(f"process {pid} ended before it was recorded in {path}")
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_text(f"{pid} {started}\n")
    new.rename(path)


def alive(path: Path) -> bool:
    """Whether the process that `path` records still runs; False without a record."""
    return pid(path) is not None


def pid(path: Path) -> int | None:
    """The recorded process id while that very process runs."""
    try:
        number, started = (int(word) for word in path.read_text().split())
    except (OSError, ValueError):
        return None
    return number if _start_time(number) == started else None


def stop(path: Path, *, timeout: float) -> None:
    """End the recorded process: SIGTERM, SIGKILL after `timeout` seconds; then drop the record."""
    number = pid(path)
    if number is not None:
        with contextlib.suppress(ProcessLookupError):
            _end(number, path=path, timeout=timeout)
    path.unlink(missing_ok=True)


def _end(number: int, *, path: Path, timeout: float) -> None:
    handle = os.pidfd_open(number)
    try:
        # Looked at again: the pid may have been recycled before the handle was open
        if pid(path) != number:
            return
        signal.pidfd_send_signal(handle, signal.SIGTERM)
        if not _ends_within(handle, timeout):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            _ends_within(handle, 5)
    finally:
        os.close(handle)


def _ends_within(handle: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _start_time(number: int) -> int | None:
    try:
        stat = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return None
    # The command's name may hold spaces and brackets: fields are counted after its last bracket
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] in "ZX" else int(fields[19])
