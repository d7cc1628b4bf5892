"""Faults inside a lab host: its clock, its disks, its locks; brought from this machine."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from infra.lab import cgroups, host
from infra.lab.unpacked import unpacked

_PRELOAD = "/usr/lib/libfaketime.so.1"
_HOLD = """
import fcntl, sys
lock = open(sys.argv[1], "a")
fcntl.lockf(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def days_off(node: str, days: int) -> Iterator[None]:
    """Programs that start on the host see another date; no clock is set."""
    root = host.folder(node) / "root"
    library = next(unpacked("libfaketime").rglob("libfaketimeMT.so.1"))
    shutil.copy(library, root / _PRELOAD.lstrip("/"))
    (root / "etc/faketimerc").write_text(f"{days:+d}d\n")
    (root / "etc/ld.so.preload").write_text(f"{_PRELOAD}\n")
    try:
        yield
    finally:
        (root / "etc/ld.so.preload").unlink()
        (root / "etc/faketimerc").unlink()


@contextmanager
def mounted(node: str, path: str, *, kib: int, options: str = "rw") -> Iterator[None]:
    """A folder of the host lies on a file system of its own, empty and so small."""
    _inside(node, f"mount -t tmpfs -o size={kib}k,{options} tmpfs {path}")
    try:
        yield
    finally:
        _inside(node, f"umount --lazy {path}")


@contextmanager
def filled(node: str, path: str) -> Iterator[None]:
    """A folder of the host has no room left."""
    with mounted(node, path, kib=16):
        _inside(node, f"cat /dev/zero >{path}/filler 2>/dev/null || true")
        yield


@contextmanager
def held(node: str, lock: str) -> Iterator[None]:
    """A process on the host holds a lock of dpkg's."""
    command = [*_enter(node), "python3", "-c", _HOLD, lock]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield
        finally:
            holder.communicate("")


def power_off(node: str) -> None:
    """End the host at once, as when its plug is pulled."""
    cgroups.kill(node)


def _inside(node: str, command: str) -> None:
    done = subprocess.run([*_enter(node), "sh", "-ec", command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _enter(node: str) -> list[str]:
    return ["nsenter", "-t", str(cgroups.leader(node)), "--mount", "--pid"]
