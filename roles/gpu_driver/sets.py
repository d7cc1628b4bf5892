"""Which packages to ask for: the headless set of a driver by origin, system, branch and flavour."""

from roles.gpu_driver import packages
from roles.gpu_driver.packages import FABRIC, LIBRARIES, OTHERS, OWN

_VERSIONED_UNTIL = 580

Alternatives = tuple[str, ...]
"""Names of which the first that the host's sources have is meant."""


def prebuilt(*, version: str, modules: str, flavour: str) -> str:
    """Name of Ubuntu's package with modules built for a kernel flavour."""
    return f"linux-modules-nvidia-{packages.branch(version)}-server{_open(modules)}-{flavour}"


def built_here(*, version: str, modules: str) -> str:
    """Name of Ubuntu's package that builds the modules on the host."""
    return f"nvidia-dkms-{packages.branch(version)}-server{_open(modules)}"


def wanted(
    *, origin: str, os: str, version: str, modules: str, module_package: str, fabric: bool = False
) -> tuple[Alternatives, ...]:
    """The driver's packages to ask for; what they depend on comes with them.

    A headless, compute-only set. `os` is os-release's ID; `module_package` brings the module of
    Ubuntu's set; `fabric` adds the manager of NVSwitches.
    """
    asked: tuple[Alternatives, ...]
    if origin == "ubuntu":
        asked = _ubuntu(packages.branch(version), kind=_open(modules), module=module_package)
    elif origin == "debian":
        asked = _debian(open_=modules == "open")
    elif os == "debian":
        dkms = "nvidia-kernel-open-dkms" if modules == "open" else "nvidia-kernel-dkms"
        asked = (*_lock(version), (dkms,), ("nvidia-driver-cuda",), ("nvidia-persistenced",))
    else:
        asked = _nvidia(version, kind=_open(modules))
    return (*asked, *_fabric(packages.branch(version), origin=origin)) if fabric else asked


def _open(modules: str) -> str:
    return "-open" if modules == "open" else ""


def _ubuntu(branch: str, *, kind: str, module: str) -> tuple[Alternatives, ...]:
    return (
        (module,),
        (f"nvidia-headless-no-dkms-{branch}-server{kind}",),
        (f"nvidia-utils-{branch}-server",),
    )


def _debian(*, open_: bool) -> tuple[Alternatives, ...]:
    dkms = "nvidia-open-kernel-dkms" if open_ else "nvidia-kernel-dkms"
    return ((dkms,), ("nvidia-smi",), ("libcuda1",), ("nvidia-persistenced",))


def _nvidia(version: str, *, kind: str) -> tuple[Alternatives, ...]:
    number = packages.branch(version)
    if int(number) <= _VERSIONED_UNTIL:
        return (
            (f"nvidia-dkms-{number}{kind}",),
            (f"libnvidia-compute-{number}",),
            (f"nvidia-utils-{number}",),
            ("nvidia-persistenced", f"nvidia-compute-utils-{number}"),
        )
    return (
        *_lock(version),
        (f"nvidia-dkms{kind}",),
        ("libnvidia-compute",),
        ("nvidia-utils", "nvidia-driver-cuda"),
        ("nvidia-persistenced",),
    )


def _lock(version: str) -> tuple[Alternatives, ...]:
    """NVIDIA's own lock, first in the set: from 590 its names say no branch."""
    number = packages.branch(version)
    if int(number) <= _VERSIONED_UNTIL:
        return ()
    return ((f"nvidia-driver-pinning-{version}", f"nvidia-driver-pinning-{number}"),)


def _fabric(branch: str, *, origin: str) -> tuple[Alternatives, ...]:
    if origin == "ubuntu":
        return ((f"nvidia-fabricmanager-{branch}",),)
    return (("nvidia-fabricmanager", f"nvidia-fabricmanager-{branch}"),)


def candidates(origin: str, *, version: str) -> str:
    """Extended regular expression of the names that a driver's set may draw from."""
    if origin == "ubuntu":
        branch = packages.branch(version)
        return rf"-{branch}-server(-|$)|^{FABRIC}-{branch}$"
    return f"^({OWN}|{LIBRARIES}|{OTHERS})"
