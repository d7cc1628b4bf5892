"""`nvidia-smi --version`: the versions of nvidia-smi, NVML, the kernel's module and CUDA."""

import re
from collections.abc import Iterator, Mapping

from roles.pcie_topology.explain import driver_version, failures
from roles.pcie_topology.explain.judgement import Finding, Judgement

KIND = "nvidia-smi-version"
_LINE = re.compile(
    r"^[ \t]*(NVIDIA-SMI|NVML|DRIVER|KMD|CUDA(?: UMD)?)[ \t]+version[ \t]*:[ \t]*(.*?)[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)


def matches(text: str) -> bool:
    """Whether the line of nvidia-smi or of NVML is there."""
    return bool({"NVIDIA-SMI", "NVML"} & set(_versions(text)))


def judge(text: str) -> Judgement:
    """Whether module and library are of one version."""
    versions = _versions(text)
    found = (*failures.found(text), *_mismatches(versions), *_missing(versions))
    return Judgement(kind=KIND, findings=found)


def _versions(text: str) -> dict[str, str]:
    return {name.upper(): value for name, value in _LINE.findall(text)}


def _module(versions: Mapping[str, str]) -> str:
    """The kernel module's version: KMD from 610 on, where DRIVER says `Deprecated`."""
    shown = (driver_version.clean(versions.get(name, "")) for name in ("KMD", "DRIVER"))
    return next((version for version in shown if version), "")


def _mismatches(versions: Mapping[str, str]) -> Iterator[Finding]:
    module = _module(versions)
    for name in ("NVML", "NVIDIA-SMI"):
        mine = driver_version.clean(versions.get(name, ""))
        if driver_version.differ(mine, module):
            yield _mismatch(name, mine, module=module)


def _mismatch(name: str, mine: str, *, module: str) -> Finding:
    if driver_version.is_windows(module):
        message = f"{name} {mine}, kernel module {module}: as WSL has them, no fault"
        return Finding("info", "driver", message)
    message = f"{name} is {mine}, the loaded kernel module {module}"
    return Finding("error", "driver", message, "Reboot, so that the installed module is loaded.")


def _missing(versions: Mapping[str, str]) -> Iterator[Finding]:
    if not driver_version.clean(versions.get("NVML", "")):
        yield Finding("warning", "NVML", "its version is missing: nothing to compare", _AGAIN)
    if not _module(versions):
        yield Finding("warning", "driver", "its version is missing: nothing to compare", _AGAIN)
    else:
        cuda = versions.get("CUDA UMD", versions.get("CUDA", "?"))
        message = f"driver {_module(versions)}, CUDA up to {cuda}"
        yield Finding("info", "driver", message)


_AGAIN = "cat /proc/driver/nvidia/version; modinfo -F version nvidia"
