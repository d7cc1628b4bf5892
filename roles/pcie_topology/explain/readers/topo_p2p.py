"""`nvidia-smi topo -p2p`: what the driver grants between each two GPUs; a grant is no proof."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from infra.wording import listed
from roles.pcie_topology.explain import matrix_text
from roles.pcie_topology.explain.judgement import Finding, Judgement, Nvlink, P2p, Severity
from roles.pcie_topology.explain.matrix_text import Matrix

KIND = "nvidia-smi-topo-p2p"
WITH_COMMAND = True
_STATUS = re.compile(r"OK|CNS|GNS|TNS|NS|DR|U")
_COMMAND = re.compile(r"topo\s+(?:-p2p|--p2pstatus)[ =]?([a-z]+)")
_REFUSALS: Mapping[str, tuple[Severity, str, str]] = {
    "CNS": (
        "warning",
        "the chipset is not supported",
        "Look at the BIOS (ACS, IOMMU), at /proc/cmdline, and whether it is a virtual machine.",
    ),
    "TNS": (
        "warning",
        "the topology is not supported",
        "Put the GPUs behind one switch or one root complex; look at IOMMU and ACS.",
    ),
    "GNS": (
        "info",
        "the GPU is not supported: GeForce cards since Ampere have no peer access over PCIe",
        "NCCL goes through shared memory by itself: give containers --shm-size 1g or more.",
    ),
    "NS": (
        "info",
        "the card or the driver does not support it",
        "NCCL goes through shared memory by itself: give containers --shm-size 1g or more.",
    ),
    "DR": (
        "warning",
        "a registry key of the driver disables it",
        "Look for NVreg_RegistryDwords in /etc/modprobe.d and /proc/driver/nvidia/params.",
    ),
    "U": ("warning", "the driver does not know", "See dmesg; take the output again."),
}


def matches(text: str) -> bool:
    """Whether there is a table whose cells are statuses, or one without affinities."""
    matrix = matrix_text.read(text)
    if matrix is None or matrix.affinity:
        return False
    others = [cell for row in matrix.rows.values() for cell in row if cell != "X"]
    return any(map(_STATUS.fullmatch, others)) or "Status Ok" in text or not others


def judge(text: str) -> Judgement:
    """Whether peer access is granted: none, partial, or granted and therefore unproven."""
    matrix = matrix_text.read(text)
    if matrix is None:
        return Judgement(kind=KIND, p2p="unknown")
    damage = matrix_text.damage(matrix)
    named = _COMMAND.search(text)
    asked = named[1] if named is not None else ""
    statuses = _statuses(matrix)
    nvlink, p2p = _verdicts(statuses, asked=asked, damaged=bool(damage))
    if len(matrix.gpus) < 2 and not damage:
        nvlink, p2p = "n/a", "n/a"
    return Judgement(
        kind=KIND,
        gpus=len(matrix.gpus),
        p2p=p2p,
        nvlink=nvlink,
        findings=(*damage, *_findings(statuses, asked=asked)),
    )


def _statuses(matrix: Matrix) -> dict[str, str]:
    """Each pair's status: of two that differ the one that is no grant."""
    found = {}
    for one, other in matrix.pairs():
        shown = {matrix.cell(one, other), matrix.cell(other, one)} - {""}
        known = sorted(shown - {"OK"}) or sorted(shown) or ["U"]
        found[f"{one}-{other}"] = known[0] if _STATUS.fullmatch(known[0]) else "U"
    return found


def _verdicts(statuses: Mapping[str, str], *, asked: str, damaged: bool) -> tuple[Nvlink, P2p]:
    """NVLink, which `-p2p n` alone speaks of, and peer to peer."""
    granted = _granted(statuses, damaged=damaged)
    if asked == "n":
        by_grant: dict[P2p, Nvlink] = {"unproven": "present", "none": "absent"}
        nvlink = by_grant.get(granted, "unknown")
        return nvlink, "unproven" if granted == "unproven" else "unknown"
    if asked == "a":
        return "n/a", "unproven" if granted == "unproven" else "unknown"
    return "n/a", granted


def _granted(statuses: Mapping[str, str], *, damaged: bool) -> P2p:
    kinds = set(statuses.values())
    refused = kinds - {"OK", "U"}
    if "OK" in kinds and refused:
        return "partial"
    if damaged or "U" in kinds or not kinds:
        return "unknown"
    return "none" if refused else "unproven"


def _findings(statuses: Mapping[str, str], *, asked: str) -> Iterator[Finding]:
    for status, number in Counter(statuses.values()).items():
        pairs = [pair for pair, found in statuses.items() if found == status]
        subject = "P2P" if number == len(statuses) else _some(pairs)
        if status == "OK":
            yield Finding("warning", subject, _UNPROVEN, _PROVE)
        else:
            severity, why, advice = _REFUSALS[status]
            yield Finding(severity, subject, f"{status}: {why}", advice)
    if asked in ("n", "a"):
        what = "NVLink" if asked == "n" else "atomic operations"
        yield Finding("info", "P2P", f"-p2p {asked} asks for {what} alone", "Take -p2p r too.")


def _some(pairs: list[str]) -> str:
    return listed(pairs) if len(pairs) < 4 else f"{pairs[0]} and {len(pairs) - 1} other pairs"


_UNPROVEN = "the driver grants peer access; nothing here shows that data arrives, or arrives whole"
_PROVE = "Prove it with data: infra check (gpu_interconnect), or p2pBandwidthLatencyTest and \
simpleP2P; until then run engines with --disable-custom-all-reduce."
