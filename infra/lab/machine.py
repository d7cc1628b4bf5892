"""What a lab host shows of a machine: simulated hardware, kernel parameters, a first boot."""

import os
from collections.abc import Mapping
from pathlib import Path

from infra.lab.hostfile import HostFile

PAYLOAD = Path(__file__).with_name("payload")
HARDWARE = "/opt/lab/hardware"
"""Where a host finds the tree that `hardware.render` wrote for it."""
_SYS_RESOURCE = 24
_UNITS = ("lab-hardware.service", "lab-first-boot.service")
_WANTED_BY = {"lab-hardware.service": "sysinit", "lab-first-boot.service": "multi-user"}


def files(*, limited: bool) -> Mapping[str, HostFile]:
    """Files of a host, by path, that make it look like a machine.

    `limited`: this machine may not raise limits, so what containers ask for is cut to its own.
    """
    found = {
        "opt/lab/boot.sh": _payload("boot.sh", mode=0o755),
        "opt/lab/sysctls": _payload("sysctls"),
        "opt/lab/first_boot.py": _payload("first_boot.py", mode=0o755),
    }
    for unit in _UNITS:
        found[f"etc/systemd/system/{unit}"] = _payload(unit)
    if limited:
        found["usr/local/sbin/runc"] = _payload("runc.py", mode=0o755)
    return found


def links() -> Mapping[str, str]:
    """Symbolic links of a host that enable the units, by path."""
    return {
        f"etc/systemd/system/{_WANTED_BY[unit]}.target.wants/{unit}": f"../{unit}"
        for unit in _UNITS
    }


def is_limited() -> bool:
    """Whether this process, though root, may not raise resource limits."""
    status = Path(f"/proc/{os.getpid()}/status").read_text().splitlines()
    bounding = next(line.split()[1] for line in status if line.startswith("CapBnd:"))
    return not int(bounding, 16) >> _SYS_RESOURCE & 1


def _payload(name: str, *, mode: int = 0o644) -> HostFile:
    return HostFile((PAYLOAD / name).read_text(), mode=mode)
