"""The programs of this machine that emulated hosts are made with, beside the lab's own."""

from collections.abc import Callable
from pathlib import Path

from infra.lab import tools
from infra.lab.shell import LabError

PACKAGES = ("e2fsprogs", "qemu-system-x86", "qemu-utils")
"""Debian's and Ubuntu's names of what must be installed."""
TUN = Path("/dev/net/tun")


def ensure(say: Callable[[str], None]) -> None:
    """Have the emulator installed; LabError also where this machine has no tap interfaces."""
    tools.ensure(say, packages=PACKAGES)
    if not TUN.exists():
        raise LabError(f"emulated hosts need {TUN}, which this machine lacks: modprobe tun")
