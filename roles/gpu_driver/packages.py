"""Which packages are a driver: by name, by origin, branch, flavour and kernel."""

import re
from collections.abc import Iterable

OWN = r"nvidia-(alternative|compute|dkms|driver|egl|fabricmanager|firmware|headless|imex|kernel"
OWN += r"|legacy|modprobe|open|persistenced|smi|suspend|tesla|utils|vdpau|vulkan)"
LIBRARIES = r"libnvidia-([^c]|c[^o]|co[^n])|lib(cuda1|cudadebugger1|nvcuvid1|nvoptix1)$"
OTHERS = r"xserver-xorg-video-nvidia|cuda-drivers|firmware-nvidia-"
MODULES = r"linux-(modules|objects|signatures)-nvidia-"
NAMES = f"^({OWN}|{LIBRARIES}|{OTHERS}|{MODULES})"
"""Extended regular expression of driver packages' names, for grep, apt preferences and Python.

It leaves out the container toolkit (libnvidia-container1), nvidia-settings and CUDA's tools,
whose versions are not the driver's.
"""

FLAVOURS = ("generic", "lowlatency", "aws", "azure", "gcp", "kvm", "nvidia", "oracle")
"""Flavours of Ubuntu's kernels for which it builds driver modules."""

_VERSIONED_UNTIL = 580

Alternatives = tuple[str, ...]
"""Names of which the first that the host's sources have is meant."""


def is_driver(name: str) -> bool:
    """Whether a package belongs to a driver."""
    return re.match(NAMES, name) is not None


def is_built_for_kernel(name: str) -> bool:
    """Whether a package's version is a kernel's and not the driver's."""
    return re.match(MODULES, name) is not None


def is_optional(name: str) -> bool:
    """Whether the set is complete without a package: our own pin does the same."""
    return name.startswith("nvidia-driver-pinning-")


def branch(version: str) -> str:
    """Branch of a driver version: 580 of 580.95.05."""
    return version.partition(".")[0]


def upstream(version: str) -> str:
    """Driver version in a package's version: 580.95.05 of 580.95.05-0ubuntu0.24.04.2."""
    return version.rpartition(":")[2].partition("-")[0]


def flavour(kernel: str, *, installed: Iterable[str]) -> str:
    """Flavour of Ubuntu's kernel from its release, e.g. `generic` of 6.8.0-87-generic.

    An installed enablement kernel makes it e.g. `generic-hwe-24.04`; unknown ones are generic.
    """
    found = kernel.rpartition("-")[2]
    known = found if found in FLAVOURS else "generic"
    enabled = (re.fullmatch(rf"linux-(?:image-)?({known}-hwe-[\d.]+)", name) for name in installed)
    return next((match[1] for match in enabled if match), known)


def wanted(
    *, origin: str, os: str, version: str, modules: str, flavour: str
) -> tuple[Alternatives, ...]:
    """The driver's packages to ask for; what they depend on comes with them.

    A headless, compute-only set. `os` is os-release's ID; `flavour` the Ubuntu kernel's.
    """
    if origin == "ubuntu":
        return _ubuntu(branch(version), open_=modules == "open", flavour=flavour)
    if os == "debian":
        dkms = "nvidia-kernel-open-dkms" if modules == "open" else "nvidia-kernel-dkms"
        return ((dkms,), ("nvidia-driver-cuda",), ("nvidia-persistenced",))
    return _nvidia(version, open_=modules == "open")


def _ubuntu(branch: str, *, open_: bool, flavour: str) -> tuple[Alternatives, ...]:
    kind = "-open" if open_ else ""
    return (
        (f"linux-modules-nvidia-{branch}-server{kind}-{flavour}",),
        (f"nvidia-headless-no-dkms-{branch}-server{kind}",),
        (f"nvidia-utils-{branch}-server",),
    )


def _nvidia(version: str, *, open_: bool) -> tuple[Alternatives, ...]:
    kind = "-open" if open_ else ""
    number = branch(version)
    if int(number) <= _VERSIONED_UNTIL:
        return (
            (f"nvidia-dkms-{number}{kind}",),
            (f"libnvidia-compute-{number}",),
            (f"nvidia-utils-{number}",),
            ("nvidia-persistenced", f"nvidia-compute-utils-{number}"),
        )
    return (
        (f"nvidia-driver-pinning-{version}", f"nvidia-driver-pinning-{number}"),
        (f"nvidia-dkms{kind}",),
        ("libnvidia-compute",),
        ("nvidia-utils", "nvidia-driver-cuda"),
        ("nvidia-persistenced",),
    )


def candidates(origin: str, *, version: str) -> str:
    """Extended regular expression of the names that a driver's set may draw from."""
    if origin == "ubuntu":
        return rf"-{branch(version)}-server(-|$)"
    return f"^({OWN}|{LIBRARIES}|{OTHERS})"


def is_from(origin: str, *, name: str, version: str) -> bool:
    """Whether a driver package is one of an origin's, told by its name and version.

    Ubuntu's server series has `-server` in every name; its archive's versions have `0ubuntu0.`.
    """
    server = re.search(r"-\d+-server(-|$)", name) is not None
    if origin == "ubuntu":
        return server
    return not server and not is_built_for_kernel(name) and "-0ubuntu0." not in version
