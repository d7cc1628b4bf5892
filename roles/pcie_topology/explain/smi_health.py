"""What nvidia-smi tells of a GPU besides its link that someone must know."""

import re
from collections.abc import Iterator

from roles.pcie_topology.explain.address import number
from roles.pcie_topology.explain.judgement import Finding, Severity
from roles.pcie_topology.explain.smi_gpu import SmiGpu

_NOTHING = ("", "none", "n/a", "[n/a]", "no", "not active", "not supported", "[not supported]")
_UNCORRECTED = "ecc.errors.uncorrected"
_REPLAYS = 80
"""DCGM's limit (nvvs, PCIe plugin)."""
_Told = Iterator[tuple[Severity, str, str]]
_REPLACE = "the GPU's memory fails: ask for a replacement"
_RESET = "drain the GPU and reset it"
_WATCH = "watch the count"
_COUNTED: tuple[tuple[str, Severity, str, str], ...] = (
    ("retired_pages.double_bit", "error", "pages retired for double bit errors", _REPLACE),
    ("retired_pages.single_bit_ecc", "warning", "pages retired for single bit errors", _WATCH),
    ("remapped_rows.uncorrectable", "warning", "rows remapped for uncorrectable errors", _WATCH),
    (f"{_UNCORRECTED}.volatile", "error", "uncorrected memory errors since the start", _RESET),
    (f"{_UNCORRECTED}.aggregate", "warning", "uncorrected memory errors in its life", _WATCH),
)
_SAID: tuple[tuple[str, Severity, str, str], ...] = (
    ("retired_pages.pending", "error", "pages wait to be retired", _RESET),
    ("retired_pages.pending_retirement", "error", "pages wait to be retired", _RESET),
    ("remapped_rows.failure", "error", "a row could not be remapped", _REPLACE),
    ("remapped_rows.pending", "warning", "rows wait to be remapped", _RESET),
)
_SLOWDOWNS = {
    "clocks_event_reasons.hw_thermal_slowdown": "is too hot",
    "clocks_event_reasons.hw_power_brake_slowdown": "is held back by the power supply",
}


def findings(gpu: SmiGpu) -> tuple[Finding, ...]:
    """Errors, and settings that matter to a node for inference."""
    if gpu.lost:
        advice = "look for Xid 79 in the kernel log, then power the machine off and on"
        return (Finding("error", gpu.where, f"does not answer: {gpu.lost}", advice),)
    found = (*_memory(gpu), *_serious(gpu), *_settings(gpu))
    return tuple(Finding(severity, gpu.where, *words) for severity, *words in found)


def _memory(gpu: SmiGpu) -> _Told:
    for key, severity, words, advice in _COUNTED:
        if count := _count(gpu, key):
            yield severity, f"{count} {words}", advice
    for key, severity, words, advice in _SAID:
        if gpu.values.get(key, "").lower() == "yes":
            yield severity, words, advice


def _serious(gpu: SmiGpu) -> _Told:
    if (action := gpu.values.get("gpu_recovery_action", "")).lower() not in _NOTHING:
        yield "error", f"the driver asks for: {action}", "drain the GPU and do that"
    if (status := gpu.values.get("fabric.status", "").lower()) not in (*_NOTHING, "success"):
        yield "error", f"NVLink fabric: {status}", "look at nvidia-fabricmanager"
    elif gpu.values.get("fabric.state", "").lower() in ("in progress", "not started"):
        yield "warning", "NVLink fabric is not ready", "look at nvidia-fabricmanager"
    if (replays := _count(gpu, "pcie.replay")) > _REPLAYS:
        yield "warning", f"{replays} PCIe replays", "see whether the count grows under load"
    for key, words in _SLOWDOWNS.items():
        if gpu.values.get(key, "").lower() == "active":
            yield "warning", words, "look at cooling and power"


def _settings(gpu: SmiGpu) -> _Told:
    if gpu.values.get("mig.mode.current", "").lower() == "enabled":
        yield "info", "MIG is on: no peer to peer and no NVLink between its instances", ""
    if gpu.values.get("persistence_mode", "").lower() == "disabled":
        yield "info", "persistence mode is off", "enable nvidia-persistenced"
    if gpu.values.get("virtualization", "").lower() in ("vgpu", "vsga"):
        yield "warning", "is a share of a card", "its driver is the hypervisor's to choose"
    bar, memory = _count(gpu, "bar1.total"), _count(gpu, "memory.total")
    if bar and memory and bar * 2 < memory:
        message = f"BAR1 is {bar} MiB of {memory} MiB memory: resizable BAR is off"
        yield "info", message, "turn on Above 4G and ReBAR for peer to peer through BAR1"
    yield from _versions(gpu)


def _versions(gpu: SmiGpu) -> _Told:
    kernel, user = (_version(gpu, key) for key in ("kmd_version", "driver_version"))
    if kernel and user and kernel != user:
        message = f"kernel driver {kernel}, user space {user}"
        yield "warning", message, "right on WSL; elsewhere reboot, or finish the upgrade"


def _version(gpu: SmiGpu, key: str) -> str:
    found = re.match(r"\d+\.[\d.]+", gpu.values.get(key, ""))
    return found.group() if found else ""


def _count(gpu: SmiGpu, key: str) -> int:
    return number(gpu.values.get(key)) or 0
