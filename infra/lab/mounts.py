"""What the lab mounts: memory for its hosts, one overlay a host."""

import os
from pathlib import Path

from infra.lab import place
from infra.lab.shell import run


def mounted(table: str, *, under: Path) -> tuple[Path, ...]:
    """Mount points at or below a folder, deepest last mounted first (/proc/self/mounts)."""
    points = [Path(_decoded(line.split()[1])) for line in table.splitlines()]
    return tuple(point for point in reversed(points) if point == under or under in point.parents)


def is_mounted(path: Path) -> bool:
    """Whether something is mounted at a path, as this process sees it."""
    return os.path.ismount(path)


def memory_up(*, mib: int) -> None:
    """Have memory mounted for the hosts' own files."""
    if not is_mounted(place.HOSTS):
        place.HOSTS.mkdir(parents=True, exist_ok=True)
        options = f"size={mib}M,mode=0755"
        run(["mount", "-t", "tmpfs", "-o", options, "infra-lab", place.HOSTS])


def overlay_up(root: Path, *, lower: Path, upper: Path, work: Path) -> None:
    """Have a writable view of `lower` at `root`; what changes lands in `upper`."""
    if not is_mounted(root):
        for folder in (root, upper, work):
            folder.mkdir(parents=True, exist_ok=True)
        options = f"lowerdir={lower},upperdir={upper},workdir={work}"
        run(["mount", "-t", "overlay", "-o", options, "infra-lab", root])


def unmount(under: Path) -> None:
    """Unmount everything at or below a folder, detaching what is still in use."""
    for point in mounted(_table(), under=under):
        run(["umount", "--lazy", point])


def _table() -> str:
    return Path("/proc/self/mounts").read_text()


def _decoded(field: str) -> str:
    return field.replace("\\040", " ")
