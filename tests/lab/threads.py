"""One thread of an engine stopped while its others go on, by the kernel's ptrace."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.lab import host

_SEIZE, _INTERRUPT, _DETACH = 0x4206, 0x4207, 17
_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


@contextmanager
def stopped_thread(node: str, program: str) -> Iterator[None]:
    """The first thread of a host's only process of that name, which computes, stands still."""
    pid = _pid(node, program)
    _asked(_SEIZE, pid)
    try:
        _asked(_INTERRUPT, pid)
        os.waitpid(pid, 0x40000000)  # __WALL
        yield
    finally:
        _asked(_DETACH, pid)


def _pid(node: str, program: str) -> int:
    """A process as this machine numbers it: hosts are seen from here by their network."""
    found = host.made(node)
    assert found is not None, f"{node} is not up"
    ours = [
        int(path.name)
        for path in Path("/proc").iterdir()
        if path.name.isdigit() and _is(path, program) and f"infra-lab-{node}/" in _cgroup(path)
    ]
    assert len(ours) == 1, ours
    return ours[0]


def _is(path: Path, program: str) -> bool:
    try:
        return (path / "comm").read_text().strip() == program
    except OSError:
        return False


def _cgroup(path: Path) -> str:
    try:
        return (path / "cgroup").read_text()
    except OSError:
        return ""


def _asked(request: int, pid: int) -> None:
    if _libc.ptrace(request, pid, None, None) != 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x} of {pid}")
