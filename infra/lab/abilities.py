"""What this machine's processor and kernel must be able to do before anything is built on it."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.lab import cgroups
from infra.lab.shell import LabError, run

KERNEL = (5, 14)
"""The first kernel that ends a whole control group at once."""
_RIGHTS = {"CAP_SYS_ADMIN": 21, "CAP_NET_ADMIN": 12}


@dataclass(frozen=True)
class Machine:
    """What is read of a machine."""

    architecture: str
    """As `uname -m` says it."""
    cpuinfo: str
    """Text of /proc/cpuinfo."""
    release: str
    """The kernel's release."""
    filesystems: str
    """Text of /proc/filesystems."""
    mounts: str
    """Text of /proc/self/mounts."""
    rights: int
    """Effective capabilities, as a bit mask."""
    time_namespaces: bool


def refuse_unable_machine() -> None:
    """Raise LabError with all that this machine's processor or kernel cannot do for the lab."""
    found = lacking(_this())
    if found:
        raise LabError(f"the lab cannot run on this machine: {'; '.join(found)}")


def lacking(machine: Machine) -> tuple[str, ...]:
    """What a machine cannot do, a sentence each."""
    return (*_processor(machine), *_kernel(machine))


def _processor(machine: Machine) -> Iterator[str]:
    if machine.architecture != "x86_64":
        yield f"the lab's hosts and their engine are x86-64, this machine is {machine.architecture}"
    elif re.search(r"^flags\s*:.*\bavx2\b", machine.cpuinfo, re.M) is None:
        yield "the lab's engine needs a processor with AVX2, which /proc/cpuinfo does not list"


def _kernel(machine: Machine) -> Iterator[str]:
    if _version(machine.release) < KERNEL:
        wanted = ".".join(map(str, KERNEL))
        yield f"the lab needs Linux {wanted} or newer, this machine runs {machine.release}"
    if re.search(r"\toverlay$", machine.filesystems, re.M) is None:
        yield "the kernel has no overlay file system, which hosts are made on (modprobe overlay)"
    if not machine.time_namespaces:
        yield "the kernel has no time namespaces (/proc/self/ns/time), which give hosts an uptime"
    if not cgroups.roots(machine.mounts):
        yield "no cgroup2 hierarchy is mounted: boot with systemd's unified or hybrid hierarchy"
    gone = [name for name, bit in _RIGHTS.items() if not machine.rights >> bit & 1]
    if gone:
        yield f"root lacks {' and '.join(gone)} here, as in a container without privileges"


def _version(release: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", release)[:2])


def _this() -> Machine:
    uname = os.uname()
    return Machine(
        architecture=uname.machine,
        cpuinfo=Path("/proc/cpuinfo").read_text(),
        release=uname.release,
        filesystems=_filesystems(),
        mounts=Path("/proc/self/mounts").read_text(),
        rights=_rights(Path("/proc/self/status").read_text()),
        time_namespaces=Path("/proc/self/ns/time").exists(),
    )


def _filesystems() -> str:
    known = Path("/proc/filesystems")
    if "\toverlay\n" not in known.read_text() and shutil.which("modprobe") is not None:
        # A module until somebody mounts one
        run(["modprobe", "overlay"], check=False)
    return known.read_text()


def _rights(status: str) -> int:
    return next(int(line[7:], 16) for line in status.splitlines() if line.startswith("CapEff:"))
