"""Control groups of lab hosts: one folder a host in every hierarchy that systemd uses."""

import contextlib
import time
from pathlib import Path


def roots(mounts: str) -> tuple[Path, ...]:
    """Where control groups go, from the text of /proc/self/mounts: cgroup2 first.

    A machine with the older hybrid layout also has a hierarchy named systemd.
    """
    rows = [line.split() for line in mounts.splitlines()]
    unified = [Path(row[1]) for row in rows if row[2] == "cgroup2"]
    named = [Path(row[1]) for row in rows if row[2] == "cgroup" and "name=systemd" in row[3]]
    return (*unified[:1], *named[:1])


def of_host(name: str) -> tuple[Path, ...]:
    """The control groups of a host, cgroup2's first."""
    mounts = Path("/proc/self/mounts").read_text()
    return tuple(root / f"infra-lab-{name}" for root in roots(mounts))


def names() -> tuple[str, ...]:
    """Hosts that have control groups, running or left over."""
    prefix = of_host("")[0]
    return tuple(
        sorted(
            path.name.removeprefix(prefix.name) for path in prefix.parent.glob(f"{prefix.name}*")
        )
    )


def make(name: str) -> tuple[Path, ...]:
    """Make a host's control groups, with every controller that the machine hands down."""
    groups = of_host(name)
    for group in groups:
        group.mkdir(exist_ok=True)
    controllers = (groups[0].parent / "cgroup.subtree_control").read_text().split()
    if controllers:
        text = " ".join(f"+{controller}" for controller in controllers)
        (groups[0] / "cgroup.subtree_control").write_text(text)
    return groups


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


def _wait_until_empty(events: Path, *, seconds: float) -> None:
    until = time.monotonic() + seconds
    while "populated 1" in events.read_text() and time.monotonic() < until:
        time.sleep(0.02)
