"""Files that are whole or not there: written aside and renamed, the last one kept beside."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Failed(Exception):
    """Why it was not done, for people; `status` is what the program exits with."""

    def __init__(self, sentence: str, *, status: int = 1) -> None:
        """Keep both."""
        super().__init__(sentence)
        self.status = status


def text_of(path: str) -> str | None:
    """Text of a file; None when there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):  # the latter of a process that ended
        return None


def write(path: str, text: str) -> None:
    """A file with this text, for everybody to read; OSError leaves the old one."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    aside = f"{path}.{os.getpid()}"
    try:
        with open(aside, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(aside)
    _sync_folder(path)


def keep(path: str) -> None:
    """The file as it is, for `bring_back`: a second name, so that it works on a full disk."""
    with suppress(FileNotFoundError):
        os.unlink(f"{path}.last")
    with suppress(FileNotFoundError):
        os.link(path, f"{path}.last")


def bring_back(path: str) -> None:
    """The file that was kept; none when there was none."""
    try:
        os.replace(f"{path}.last", path)
    except FileNotFoundError:
        with suppress(FileNotFoundError):
            os.unlink(path)


@contextmanager
def locked(path: str, *, seconds: float = 60.0) -> Iterator[None]:
    """Alone while inside; Failed when another one is still at it after `seconds`."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        end = time.monotonic() + seconds
        while not _taken(file.fileno()):
            if time.monotonic() >= end:
                raise Failed(f"another infra-rotation holds {path} for {seconds:.0f} s; try later")
            time.sleep(0.05)
        yield


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sync_folder(path: str) -> None:
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
