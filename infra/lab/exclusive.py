"""One lab command at a time on a machine, whichever checkout it comes from."""

import contextlib
import fcntl
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from infra.lab import place


@contextlib.contextmanager
def exclusive(say: Callable[[str], None], *, path: Path = place.LAB / "lock") -> Iterator[None]:
    """Hold the lab for the time of the block; waits, and says for whom, when another holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as lock:
        _take(lock, say)
        lock.truncate(0)
        lock.write(f"process {os.getpid()} ({' '.join(sys.argv)[:80]})")
        lock.flush()
        yield
        lock.truncate(0)


def _take(lock: TextIO, say: Callable[[str], None]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        say(f"Waiting for another lab command: {lock.read() or 'it has just begun'} …")
        fcntl.flock(lock, fcntl.LOCK_EX)
