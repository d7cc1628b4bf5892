"""What lines of the kernel log say: Xids, narrow links, PCIe errors and known sentences."""

import re
from collections.abc import Iterator, Mapping

from infra.wording import counted
from roles.gpu_driver import xid
from roles.pcie_topology.explain import kernel_texts
from roles.pcie_topology.explain.judgement import Finding, Lanes, Nvlink

_BDF = r"([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])"
_NARROW = re.compile(
    rf"(?P<driver>[\w-]+) {_BDF}: (?P<have>[\d.]+) Gb/s available PCIe bandwidth, limited by "
    rf"(?P<link>[\d.]+ GT/s(?: PCIe)? x\d+ link) at {_BDF} "
    r"\(capable of (?P<best>[\d.]+ Gb/s with [\d.]+ GT/s(?: PCIe)? x\d+ link)\)"
)
_GPU = re.compile(
    rf"{_BDF}: \[10de:[0-9a-f]{{4}}\] type \S+ class 0x030[02]00|\bnvidia {_BDF}: "
    rf"|NVRM: (?:The NVIDIA )?GPU (?:at )?(?:PCI:)?{_BDF}"
)
_AER = re.compile(
    rf"(?P<driver>[\w-]+) {_BDF}: (?:AER: )?PCIe Bus Error: severity=(?P<how>[^,\n]+), "
    r"type=(?P<what>[^,\n]+)"
)
_NICS = frozenset({"mlx5_core", "mlx4_core", "bnxt_en", "ice", "ionic", "efa"})
_NVLINK_XIDS = frozenset({74, *range(144, 151)})


def findings(text: str) -> tuple[Finding, ...]:
    """Everything that the lines tell, errors first."""
    order = {"error": 0, "warning": 1, "info": 2}
    told = [*_xids(text), *kernel_texts.findings(text), *_narrow(text), *_bus_errors(text)]
    return tuple(sorted(dict.fromkeys(told), key=lambda finding: order[finding.severity]))


def lanes(text: str) -> Lanes:
    """`degraded` where a GPU or a fast NIC has less than it can use; `n/a` otherwise."""
    return "degraded" if any(True for _ in _narrow(text)) else "n/a"


def nvlink(text: str) -> Nvlink:
    """`degraded` where a card or a switch reports a link that failed; `n/a` otherwise."""
    failed = xid.serious(text.splitlines())
    is_broken = any(report.switch or report.code in _NVLINK_XIDS for report in failed)
    return "degraded" if is_broken else "n/a"


def _xids(text: str) -> Iterator[Finding]:
    """Each code of a card once, with how often it came."""
    reports: dict[tuple[bool, int, str, str], list[xid.Xid]] = {}
    for report in xid.found(text.splitlines()):
        key = (report.switch, report.code, report.bdf, report.severity)
        reports.setdefault(key, []).append(report)
    for same in reports.values():
        often = f", {len(same)} times" if len(same) > 1 else ""
        subject = f"{'NVSwitch' if same[0].switch else 'GPU'} {same[0].bdf}".strip()
        yield Finding(same[0].severity, subject, f"{same[0]}{often}", same[0].advice)


def _narrow(text: str) -> Iterator[Finding]:
    """The kernel's own words on links that give less than a card can use; not on other devices."""
    gpus = _gpus(text)
    for match in _NARROW.finditer(text):
        device, at = match[2], match[5]
        message = f"{match['link']} at {at} where {match['best']} is possible"
        if device in gpus or match["driver"] == "nvidia":
            advice = "look at the slot, the riser and the seat of the card"
            yield Finding("error", f"GPU {device}", message, advice)
        elif match["driver"] in _NICS:
            yield Finding("warning", f"NIC {device}", message, "no GPU: give the NIC a wider slot")


def _bus_errors(text: str) -> Iterator[Finding]:
    """PCIe errors of GPUs, and fatal ones of any device, counted."""
    gpus = _gpus(text)
    counts: dict[tuple[str, str, str], int] = {}
    for match in _AER.finditer(text):
        is_gpu = match[2] in gpus or match["driver"] == "nvidia"
        if is_gpu or "fatal" in match["how"].lower():
            key = (f"GPU {match[2]}" if is_gpu else match[2], match["how"].strip(), match["what"])
            counts[key] = counts.get(key, 0) + 1
    for (subject, how, what), count in counts.items():
        yield _bus_error(subject, how=how, what=what, count=count)


def _bus_error(subject: str, *, how: str, what: str, count: int) -> Finding:
    is_fatal = subject.startswith("GPU") and how in ("Uncorrected (Fatal)", "Fatal")
    return Finding(
        severity="error" if is_fatal else "warning",
        subject=subject,
        message=f"{counted(count, 'PCIe error')}, {how}, {what}",
        advice="watch whether they grow; look at riser, seat and slot",
    )


def _gpus(text: str) -> Mapping[str, None]:
    """Addresses that the log shows to be NVIDIA's GPUs."""
    return {found: None for match in _GPU.finditer(text) for found in match.groups() if found}
