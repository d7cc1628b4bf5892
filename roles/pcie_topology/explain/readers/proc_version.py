"""`/proc/driver/nvidia/version`: which module is loaded, and of which flavour."""

import re

from roles.pcie_topology.explain import driver_version
from roles.pcie_topology.explain.judgement import Finding, Judgement

KIND = "proc-driver-version"
_LOADED = re.compile(r"NVRM version:\s*NVIDIA UNIX (?P<what>.*?)\s+(?P<version>\d{3}\.\d+[.\d]*)")
_PACKAGE = re.compile(
    r"^(?:ii\s+)?(?P<name>(?:nvidia-(?:smi|utils|driver)|libnvidia-(?:ml|compute)|libcuda)\S*)"
    r"[\s=]+(?P<version>\d{3}\.\d+(?:\.\d+)?)",
    re.MULTILINE,
)


def matches(text: str) -> bool:
    """Whether the driver's own line is there."""
    return "NVRM version:" in text


def judge(text: str) -> Judgement:
    """The loaded version and flavour; packages of another version, where they are in it too."""
    loaded = _LOADED.search(text)
    if loaded is None:
        message = "the line is cut: no version to be read"
        return Judgement(kind=KIND, findings=(Finding("warning", "driver", message, _COMPARE),))
    flavour = "open" if "Open" in loaded["what"] else "proprietary"
    message = f"loaded: {loaded['version']}, {flavour} kernel modules"
    findings = [Finding("info", "driver", message, _COMPARE)]
    for package in _PACKAGE.finditer(text):
        if driver_version.differ(package["version"], loaded["version"]):
            message = f"{package['name']} is {package['version']}, the loaded module "
            message += f"{loaded['version']}"
            findings.append(Finding("error", "driver", message, "Reboot, then compare again."))
    return Judgement(kind=KIND, findings=tuple(findings))


_COMPARE = "Compare with modinfo -F version nvidia and nvidia-smi --version: all three must agree."
