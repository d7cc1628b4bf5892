"""The judgement of nvidia-smi's GPUs together, whichever format they came in."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from roles.pcie_topology.explain import link, smi_gpu, smi_health
from roles.pcie_topology.explain.address import number, sysfs_address
from roles.pcie_topology.explain.judgement import Finding, Judgement
from roles.pcie_topology.explain.smi_gpu import SmiGpu

_TROUBLE = re.compile(
    r"unable to determine the device handle|is lost|failed to initialize nvml|version mismatch"
    r"|has failed because|no devices were found|requires reset|not recognized|unknown error",
    re.IGNORECASE,
)
_MOST_GPUS = 64


@dataclass(frozen=True)
class Shown:
    """What an output of nvidia-smi shows: its GPUs and how whole it is."""

    gpus: tuple[SmiGpu, ...]
    promised: int | None = None
    """How many GPUs it says there are."""
    missing: str = ""
    """What is cut off, for a sentence."""
    trouble: tuple[str, ...] = ()
    """Lines that say that a GPU or the driver does not answer."""
    speaks_of_links: bool = False
    """Whether a whole output of its kind tells of PCIe links."""


def trouble(lines: Iterable[str]) -> tuple[str, ...]:
    """The lines in which nvidia-smi says that it cannot."""
    return tuple(line.strip() for line in lines if _TROUBLE.search(line))


def judgement(kind: str, shown: Shown) -> Judgement:
    """The verdict over all GPUs of an output, never better than what of it is whole."""
    found = smi_gpu.merged(shown.gpus)
    answering = [samples for samples in found if not any(gpu.lost for gpu in samples)]
    doubts = _doubts(shown, found)
    lanes, of_lanes = _lanes(shown, found)
    return Judgement(
        kind=kind,
        gpus=len(answering),
        lanes=link.worst([lanes, "unknown"]) if not found or (doubts and lanes != "n/a") else lanes,
        findings=(*doubts, *_selection(shown, found), *_health(found), *of_lanes),
        uuids=frozenset(gpu.uuid for gpu in shown.gpus if gpu.uuid),
        cards={gpu.address: gpu.name for gpu in shown.gpus if gpu.address and gpu.name},
    )


Samples = tuple[SmiGpu, ...]


def _health(found: Sequence[Samples]) -> tuple[Finding, ...]:
    told = (one for samples in found for gpu in samples for one in smi_health.findings(gpu))
    return tuple(dict.fromkeys(told))


def _lanes(shown: Shown, found: Sequence[Samples]) -> link.Told:
    if not (shown.speaks_of_links or any(gpu.tells_link() for gpu in shown.gpus)):
        return "n/a", ()
    widest = smi_gpu.widest(shown.gpus)
    told = [_of_one(samples, widest=widest) for samples in found]
    return link.worst(lanes for lanes, _ in told), tuple(one for _, many in told for one in many)


def _of_one(samples: Samples, *, widest: Mapping[str, int]) -> link.Told:
    told = [link.judged(smi_gpu.link(gpu, widest=widest)) for gpu in samples]
    found = {lanes for lanes, _ in told}
    # Seen at full speed once, it was only idle in the other samples.
    verdict = "ok" if found == {"ok", "inconclusive"} else link.worst(found)
    if any(gpu.torn or gpu.lost for gpu in samples):
        verdict = link.worst((verdict, "unknown"))
    return verdict, tuple(dict.fromkeys(one for _, many in told for one in many))


def _doubts(shown: Shown, found: Sequence[Samples]) -> tuple[Finding, ...]:
    """Reasons why the verdict cannot be better than unknown."""
    doubts = [_trouble(line) for line in shown.trouble]
    if shown.missing:
        doubts.append(Finding("warning", "output", f"is cut: {shown.missing}", "take it again"))
    if _counts_differ(shown, found) and not _selected_one(shown, found):
        message = f"{shown.promised} GPUs are attached, {len(found)} are shown"
        doubts.append(Finding("error", "GPUs", message, "look for the others with lspci and dmesg"))
    doubts += [
        Finding("error", f"GPU {index}", "is missing between the others", "look at dmesg")
        for index in _gaps(found)
    ]
    if not (found or doubts):
        doubts.append(Finding("error", "GPUs", "none is shown", "look at lspci and dmesg"))
    return tuple(doubts)


def _selection(shown: Shown, found: Sequence[Samples]) -> tuple[Finding, ...]:
    if not (_counts_differ(shown, found) and _selected_one(shown, found)):
        return ()
    message = f"1 of {shown.promised} attached GPUs is shown: the others are not judged"
    return (Finding("warning", "GPUs", message, "take the output without -i, if it was not meant"),)


def _counts_differ(shown: Shown, found: Sequence[Samples]) -> bool:
    return shown.promised is not None and shown.promised != len(found)


def _selected_one(shown: Shown, found: Sequence[Samples]) -> bool:
    """Whether it looks like one GPU chosen with -i, which leaves the count of all.

    One of two may as well be what a lost GPU leaves.
    """
    whole = not (shown.missing or shown.trouble)
    return whole and len(found) == 1 and (shown.promised or 0) > 2


def _gaps(found: Sequence[Samples]) -> list[int]:
    told = [number(samples[0].values.get("index")) for samples in found]
    indexes = {index for index in told if index is not None and index < _MOST_GPUS}
    return sorted(set(range(max(indexes) + 1)) - indexes) if len(indexes) > 1 else []


def _trouble(line: str) -> Finding:
    where = sysfs_address(line)
    advice = "look for Xid 79 in the kernel log; reboot after a driver upgrade"
    return Finding("error", f"GPU {where}" if where else "driver", line[:300], advice)
