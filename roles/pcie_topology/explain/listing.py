"""GPUs as a listing names them, by index: whether one is missing between the others."""

from collections.abc import Iterable

from infra.wording import listed
from roles.pcie_topology.explain.judgement import Finding


def gaps(indices: Iterable[int]) -> tuple[Finding, ...]:
    """An error for the indices that are missing below or between those that are shown."""
    shown = sorted(set(indices))
    if len(shown) < 2:
        return ()
    missing = sorted(set(range(shown[-1] + 1)) - set(shown))
    if not missing:
        return ()
    subject = listed([f"GPU {index}" for index in missing])
    message = f"not shown: {len(shown)} GPUs are, and the last has index {shown[-1]}"
    return (Finding("error", subject, message, "See dmesg for Xid 79, or take it again, whole."),)


def uuids(found: Iterable[str]) -> frozenset[str]:
    """UUIDs that tell GPUs apart; those that somebody masked with zeros do not."""
    return frozenset(uuid for uuid in found if not set(uuid.lower()) <= set("gpu-mi0x"))
