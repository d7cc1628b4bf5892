"""What a lab host shows of a machine: simulated hardware, kernel parameters, a first boot."""

from collections.abc import Collection, Mapping
from pathlib import Path

from infra.lab import cgroups
from infra.lab.hostfile import HostFile

PAYLOAD = Path(__file__).with_name("payload")
HARDWARE = "/opt/lab/hardware"
"""Where a host finds the tree that `hardware.render` wrote for it."""
_SYS_RESOURCE = 24
_UNITS = ("lab-hardware.service", "lab-first-boot.service")
_WANTED_BY = {"lab-hardware.service": "sysinit", "lab-first-boot.service": "multi-user"}


def files(*, limited: bool) -> Mapping[str, HostFile]:
    """Files of a host, by path, that make it look like a machine.

    `limited`: this machine grants less than containers ask for, so what they ask is cut to it.
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
    """Whether this machine grants its hosts less than containers ask for."""
    return limited(Path("/proc/self/status").read_text(), granted=cgroups.granted())


def limited(status: str, *, granted: Collection[str]) -> bool:
    """Whether a process may not raise resource limits, or hosts get no cpu or memory controller.

    From the text of its /proc/PID/status and the controllers that hosts get.
    """
    bounding = next(line.split()[1] for line in status.splitlines() if line.startswith("CapBnd:"))
    may_raise = int(bounding, 16) >> _SYS_RESOURCE & 1
    return not may_raise or not {"cpu", "memory"}.issubset(granted)


def _payload(name: str, *, mode: int = 0o644) -> HostFile:
    return HostFile((PAYLOAD / name).read_text(), mode=mode)
