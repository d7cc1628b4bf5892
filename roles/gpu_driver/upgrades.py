"""What automatic upgrades leave alone: the driver and all that must fit it."""

import re
from collections.abc import Iterable

PATH = "/etc/apt/apt.conf.d/53infra-gpu-driver"
COMMAND = "apt-config dump Unattended-Upgrade::Package-Blacklist"
"""Shell text that prints the expressions that automatic upgrades heed, whatever file has them."""

_DRIVER = (
    *("nvidia-", "libnvidia-", "linux-modules-nvidia-", "linux-objects-nvidia-"),
    *("linux-signatures-nvidia-", "xserver-xorg-video-nvidia", "firmware-nvidia-.*gsp"),
    *("cuda-", "libcuda", "libnvcuvid1", "libnvoptix1"),
)
_KERNEL = (
    *("linux-image-", "linux-headers-", "linux-modules-"),
    "linux-(generic|virtual|server|lowlatency|aws|azure|gcp|oracle|kvm|nvidia)",
)
TOOLKIT = ("nvidia-container-toolkit", "libnvidia-container1")
"""Names of the container toolkit, which hands the driver to containers."""


def expressions(*, kernel: bool) -> tuple[str, ...]:
    """Regular expressions for the beginning of names; `kernel`: those of kernels too."""
    return (*_DRIVER, *(_KERNEL if kernel else ()))


def parse(lines: Iterable[str]) -> tuple[str, ...]:
    """The expressions in the answer to `COMMAND`."""
    found = (re.match(r'Unattended-Upgrade::Package-Blacklist:: "(.*)";$', line) for line in lines)
    return tuple(match[1] for match in found if match is not None)


def lacking(heeded: Iterable[str], *, kernel: bool) -> tuple[str, ...]:
    """Promised expressions that automatic upgrades do not heed."""
    known = set(heeded)
    return tuple(one for one in expressions(kernel=kernel) if one not in known)


def movable(names: Iterable[str], *, heeded: Iterable[str]) -> tuple[str, ...]:
    """Those of the packages that automatic upgrades may move."""
    known = [expression for expression in heeded if _compiles(expression)]
    return tuple(sorted(name for name in names if not any(re.match(one, name) for one in known)))


def _compiles(expression: str) -> bool:
    try:
        re.compile(expression)
    except re.error:
        return False
    return True
