"""The programs of this machine that the lab is made with."""

import shutil
from collections.abc import Callable, Sequence

from infra.lab.requirements import require_root
from infra.lab.shell import LabError, run

PACKAGES = (
    "apt-utils",
    "busybox-static",
    "debian-archive-keyring",
    "eatmydata",
    "gpg",
    "gpg-agent",
    "gpgv",
    "iproute2",
    "mmdebstrap",
    "openssh-client",
    "pciutils",
    "systemd-container",
)
"""Debian's and Ubuntu's names of what must be installed."""


def ensure(say: Callable[[str], None], *, packages: Sequence[str] = PACKAGES) -> None:
    """Have these packages installed, from the machine's own package sources.

    Raises LabError when not root, on a machine without apt, or when apt fails.
    """
    require_root()
    if shutil.which("apt-get") is None:
        raise LabError("the lab needs a Debian or Ubuntu machine: apt-get was not found")
    wanted = missing(_installed(packages), packages=packages)
    if wanted:
        say(f"Installing {', '.join(wanted)} on this machine (once) …")
        _apt("update")
        _apt("install", "--yes", "--no-install-recommends", *wanted)


def missing(installed: frozenset[str], *, packages: Sequence[str] = PACKAGES) -> tuple[str, ...]:
    """The packages that are not among the installed ones, in order."""
    return tuple(package for package in packages if package not in installed)


def _installed(packages: Sequence[str]) -> frozenset[str]:
    # Exits 1 when it does not know one of them, which is an answer here
    listing = run(
        ["dpkg-query", "-W", "-f=${Package} ${db:Status-Status}\n", *packages], check=False
    )
    rows = (line.split() for line in listing.splitlines())
    return frozenset(row[0] for row in rows if row[1:] == ["installed"])


def _apt(*args: str) -> None:
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_MODE": "l"}
    run(["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", *args], env=quiet)
