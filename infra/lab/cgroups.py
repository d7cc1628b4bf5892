"""Control groups of lab hosts: one folder a host in every hierarchy that systemd uses.

They lie beside those of the machine's own systemd, which leaves groups alone that it did not make;
so no login's and no unit's end reaches into the lab.
"""

import contextlib
import time
from pathlib import Path

from infra.lab.shell import LabError

SERVICES = "services"
"""The group of the lab's servers, named like a host's."""
CONTROLLERS = ("cpu", "cpuset", "io", "memory", "pids")
"""What containers in a host are limited by."""


def roots(mounts: str) -> tuple[Path, ...]:
    """Where control groups go, from the text of /proc/self/mounts: cgroup2 first.

    A machine with the older hybrid layout also has a hierarchy named systemd. None without cgroup2.
    """
    rows = [line.split() for line in mounts.splitlines()]
    unified = [Path(row[1]) for row in rows if row[2] == "cgroup2"]
    named = [Path(row[1]) for row in rows if row[2] == "cgroup" and "name=systemd" in row[3]]
    return (*unified[:1], *named[:1]) if unified else ()


def missing(*, offered: str, handed: str) -> tuple[str, ...]:
    """Controllers that a group could hand down and does not, of those that containers use.

    From the texts of its cgroup.controllers and cgroup.subtree_control.
    """
    wanted = [name for name in CONTROLLERS if name in offered.split()]
    return tuple(name for name in wanted if name not in handed.split())


def of_host(name: str) -> tuple[Path, ...]:
    """The control groups of a host, cgroup2's first."""
    found = roots(Path("/proc/self/mounts").read_text())
    if not found:
        raise LabError("no cgroup2 hierarchy is mounted on this machine, which the lab needs")
    return tuple(root / f"infra-lab-{name}" for root in found)


def names() -> tuple[str, ...]:
    """Hosts that have control groups, running or left over."""
    prefix = of_host("")[0]
    found = (path.name.removeprefix(prefix.name) for path in prefix.parent.glob(f"{prefix.name}*"))
    return tuple(sorted(name for name in found if name != SERVICES))


def hand_down() -> None:
    """Have the machine's root group hand down what containers are limited by, where it may.

    A login or any delegated unit makes systemd do the same; what is handed down already stays.
    """
    root = of_host("")[0].parent
    handed = root / "cgroup.subtree_control"
    offered = (root / "cgroup.controllers").read_text()
    for controller in missing(offered=offered, handed=handed.read_text()):
        # Refused where processes sit in the root group, as in a container: hosts go without
        with contextlib.suppress(OSError):
            handed.write_text(f"+{controller}")


def granted() -> frozenset[str]:
    """Controllers that hosts have."""
    return frozenset(_handed(of_host("")[0].parent))


def make(name: str) -> tuple[Path, ...]:
    """Make a host's control groups, with every controller that the machine hands down."""
    groups = of_host(name)
    for group in groups:
        group.mkdir(exist_ok=True)
    text = " ".join(f"+{controller}" for controller in _handed(groups[0].parent))
    if text:
        (groups[0] / "cgroup.subtree_control").write_text(text)
    return groups


def adopt(name: str, *, pid: int) -> None:
    """Move a running process into groups of a name, which are made."""
    for group in of_host(name):
        group.mkdir(exist_ok=True)
        # It may have ended meanwhile
        with contextlib.suppress(ProcessLookupError):
            (group / "cgroup.procs").write_text(str(pid))


def kill(name: str) -> None:
    """End at once every process of a host, whoever started it."""
    group = of_host(name)[0]
    if group.exists():
        (group / "cgroup.kill").write_text("1")
        _wait_until_empty(group / "cgroup.events", seconds=10)


def remove(name: str) -> None:
    """Remove a host's control groups once they are empty."""
    for group in of_host(name):
        for folder in sorted(group.glob("**/"), reverse=True):
            # Gone by itself, or still in use by a process that is about to end
            with contextlib.suppress(OSError):
                folder.rmdir()


def leader(name: str) -> int | None:
    """Process id of the host's PID 1 as this machine sees it; None before it runs."""
    for scope in ("payload/init.scope", "payload"):
        try:
            pids = (of_host(name)[0] / "host" / scope / "cgroup.procs").read_text().split()
        except OSError:
            continue
        if pids:
            return int(pids[0])
    return None


def _handed(group: Path) -> list[str]:
    return (group / "cgroup.subtree_control").read_text().split()


def _wait_until_empty(events: Path, *, seconds: float) -> None:
    until = time.monotonic() + seconds
    while "populated 1" in events.read_text() and time.monotonic() < until:
        time.sleep(0.02)
