"""What this machine must have free before a lab is made on it."""

import contextlib
import errno
import ipaddress
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from infra.lab import mounts, network, place
from infra.lab.shell import LabError
from infra.lab.spec import LabHost

DISK_GB = 6.0
"""Free disk that the first build needs: bases, packages, model, image."""
DISK_AGAIN_GB = 1.0
"""Free disk that is enough once they are cached."""
MEMORY_MIB = 3000
"""Free memory that three idle hosts and their engines need at least."""


def refuse_small_machine() -> None:
    """Raise LabError when this machine has too little disk or memory free to make hosts."""
    if mounts.is_mounted(place.HOSTS):
        return
    cached = (place.CACHE / "bases").is_dir()
    near = next(path for path in (place.LAB, *place.LAB.parents) if path.exists())
    free = shutil.disk_usage(near).free / 1e9
    found = shortages(disk_gb=free, memory_mib=memory("MemAvailable"), cached=cached)
    if found:
        raise LabError(f"{'; '.join(found)}. Free some, then run the command again")


def shortages(*, disk_gb: float, memory_mib: int, cached: bool) -> tuple[str, ...]:
    """What there is too little of, a sentence each."""
    wanted = DISK_AGAIN_GB if cached else DISK_GB
    found = []
    if disk_gb < wanted:
        found.append(
            f"the lab needs {wanted:.0f} GB of disk at {place.LAB}, {disk_gb:.1f} are free"
        )
    if memory_mib < MEMORY_MIB:
        found.append(f"the lab needs {MEMORY_MIB} MiB of memory, {memory_mib} are free")
    return tuple(found)


@contextlib.contextmanager
def disk_to_write_on() -> Iterator[None]:
    """Turn running out of disk in the block into a LabError."""
    try:
        yield
    except OSError as failed:
        if failed.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise LabError(
            f"no space is left for {failed.filename or place.LAB}. "
            "Free some, then run the command again: it goes on where it stopped"
        ) from failed


def refuse_unfit(hosts: Sequence[LabHost]) -> None:
    """Raise LabError when hosts cannot be what their inventory says of them."""
    found = [sentence for host in hosts for sentence in _unfit(host)]
    if found:
        raise LabError("; ".join(found))


def _unfit(host: LabHost) -> Iterator[str]:
    taken = (place.BRIDGE_ADDRESS, place.SERVICES_ADDRESS)
    inside = ipaddress.ip_address(host.address) in ipaddress.ip_network(place.SUBNET)
    if not inside or host.address in taken:
        yield (
            f"{host.name}: {host.address} cannot be a lab host's address: it lies in "
            f"{place.SUBNET} and is neither {taken[0]} nor {taken[1]}"
        )
    if network.namespace_of(host.name) == place.SERVICES_NAMESPACE:
        yield f"{host.name}: the lab needs this name for itself; give the host another"


def memory_for_hosts() -> int:
    """How many MiB the hosts' files may take: 8 GiB, or half of a small machine's memory."""
    return min(8192, memory("MemTotal") // 2)


def memory(field: str) -> int:
    """A field of /proc/meminfo in MiB."""
    rows = (line.split() for line in Path("/proc/meminfo").read_text().splitlines())
    return next(int(row[1]) // 1024 for row in rows if row[0] == f"{field}:")


def require_root() -> None:
    """Raise LabError unless run as root: namespaces and mounts need it."""
    if os.geteuid() != 0:
        raise LabError("the lab needs root on this machine: run the command again with sudo")
