"""The journal of nvidia-fabricmanager, which must be exactly the loaded driver's version."""

import re
from collections.abc import Iterator

from roles.pcie_topology.explain import kernel_lines
from roles.pcie_topology.explain.judgement import Finding, Judgement

KIND = "fabricmanager-log"

_OWN = re.compile(r"nv-fabricmanager|nvidia-fabricmanager|[Ff]abric [Mm]anager", re.MULTILINE)
_SKEW = re.compile(
    r"interface version (\d+(?:\.\d+)+) (?:don't|doesn't|does not) match with driver version "
    r"(\d+(?:\.\d+)+)"
)
_FAILED = re.compile(
    r"Control process exited|failed! Exit code|Failed to start|Failed with result|"
    r"nvidia-fabricmanager\.service: Main process exited"
)
_NO_SWITCH = re.compile(
    r"NV_WARN_NOTHING_TO_DO|no NVSwitch|request to query NVSwitch.* failed", re.I
)


def matches(text: str) -> bool:
    """Whether a line is of the fabric manager."""
    return _OWN.search(text) is not None


def judge(text: str) -> Judgement:
    """Version skew and failed starts; kernel lines among them are judged too."""
    own = [*dict.fromkeys(_skews(text))] or [*_failures(text)]
    kernel = kernel_lines.findings(text)
    quiet = (Finding("info", "fabricmanager", "no line tells of a fault"),)
    return Judgement(
        kind=KIND,
        lanes=kernel_lines.lanes(text),
        nvlink=kernel_lines.nvlink(text),
        findings=(*own, *kernel) or quiet,
    )


def _skews(text: str) -> Iterator[Finding]:
    for manager, driver in _SKEW.findall(text):
        ahead = _numbers(manager) > _numbers(driver)
        way = "it moved ahead of the driver" if ahead else "the driver moved ahead of it"
        yield Finding(
            severity="error",
            subject="fabricmanager",
            message=(
                f"version {manager} does not match the loaded driver {driver}: {way}; without it "
                "CUDA fails with error 802"
            ),
            advice=(
                f"install and hold nvidia-fabricmanager at exactly {driver} (a transitional "
                f"package may have moved it), or reboot if driver {manager} is installed already"
            ),
        )


def _failures(text: str) -> Iterator[Finding]:
    if _NO_SWITCH.search(text):
        message = "it found no NVSwitch"
        yield Finding("warning", "fabricmanager", message, "remove it from hosts without NVSwitch")
    elif _FAILED.search(text):
        message = "it did not start; CUDA fails with error 802 on NVSwitch hosts"
        yield Finding("error", "fabricmanager", message, "see /var/log/fabricmanager.log")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
