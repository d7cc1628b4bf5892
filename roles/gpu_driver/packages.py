"""Which packages are a driver, told by name and version; which kernel flavour a host has."""

import re
from collections.abc import Iterable

OWN = r"nvidia-(alternative|compute|dkms|driver($|-[^al]|-a[^s]|-l[^o])|egl|fabricmanager|firmware"
OWN += r"|headless|imex|kernel"
OWN += r"|legacy|modprobe|open|persistenced|smi|suspend|tesla|utils|vdpau|vulkan)"
LIBRARIES = r"libnvidia-([^ce]|c[^o]|co[^n]|e[^g]|eg[^l]|egl[^-])"
LIBRARIES += r"|lib(cuda1|cudadebugger1|nvcuvid1|nvoptix1)$"
OTHERS = r"xserver-xorg-video-nvidia|cuda-drivers|firmware-nvidia-(.*-)?gsp"
MODULES = r"linux-(modules|objects|signatures)-nvidia-"
NAMES = f"^({OWN}|{LIBRARIES}|{OTHERS}|{MODULES})"
"""Extended regular expression of driver packages' names, for grep, apt preferences and Python.

It leaves out what has versions of its own: the container toolkit (libnvidia-container1), EGL's
platforms (libnvidia-egl-wayland1, which Ubuntu's drivers depend on), nouveau's firmware
(firmware-nvidia-graphics), nvidia-driver-local-repo-*, nvidia-driver-assistant, nvidia-settings and
CUDA's tools.
"""

FLAVOURS = ("generic", "lowlatency", "aws", "azure", "gcp", "kvm", "nvidia", "oracle")
"""Flavours of Ubuntu's kernels for which it builds driver modules."""

_DEBIANS = r"nvidia-(open-kernel-|tesla-)"
_NVIDIAS = r"nvidia-(driver-cuda|kernel-open-|open$)|cuda-drivers|(?!.*tesla).*-\d{3}(-|$)"
"""Names that only one of the two archives with unversioned names has."""
FABRIC = r"(nvidia-(fabricmanager|imex)|libnvidia-nscq)"
"""What a driver's NVSwitches need, of its version as well."""
_APART = ("nvidia-modprobe", "nvidia-persistenced", "nvidia-kernel-common")
"""Packages of Debian's archive whose versions are their own."""


def is_driver(name: str) -> bool:
    """Whether a package belongs to a driver."""
    return re.match(NAMES, name) is not None


def is_built_for_kernel(name: str) -> bool:
    """Whether a package's version is a kernel's and not the driver's."""
    return re.match(MODULES, name) is not None


def is_optional(name: str) -> bool:
    """Whether the set is complete without a package: our own pin does the same."""
    return name.startswith("nvidia-driver-pinning-")


def follows_driver(name: str, *, origin: str) -> bool:
    """Whether a driver package's version is its driver's, in an origin's archive."""
    own = origin == "debian" and name in _APART
    return not (own or is_built_for_kernel(name) or is_optional(name))


def is_dkms(name: str) -> bool:
    """Whether a package builds its module on the host, for each kernel."""
    return is_driver(name) and "dkms" in name.split("-") and "no-dkms" not in name


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
    wide = kernel.endswith("-64k")  # arm64 with large pages has modules of its own
    found = kernel.removesuffix("-64k").rpartition("-")[2]
    known = (found if found in FLAVOURS else "generic") + ("-64k" if wide else "")
    enabled = (re.fullmatch(rf"linux-(?:image-)?({known}-hwe-[\d.]+)", name) for name in installed)
    return next((match[1] for match in enabled if match), known)


def is_from(origin: str, *, name: str, version: str) -> bool:
    """Whether a driver package is one of an origin's, told by its name and version.

    Ubuntu's server series has `-server` in every name but the fabric's; its archive's versions
    have `0ubuntu0.`. Debian's and NVIDIA's names for Debian are partly the same: what both may
    have is taken for either's.
    """
    server = re.search(r"-\d+-server(-|$)", name) is not None
    archive = "-0ubuntu0." in version
    if origin == "ubuntu":
        return server or (archive and re.match(FABRIC, name) is not None)
    if server or archive or is_built_for_kernel(name):
        return False
    if origin == "debian":
        return re.match(_NVIDIAS, name) is None
    backported = re.search(r"~(deb|bpo)\d", version) is not None
    return not (backported or re.match(_DEBIANS, name) or version.startswith("20"))
