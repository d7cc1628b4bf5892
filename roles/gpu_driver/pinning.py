"""apt preferences that pin a driver's set, and whether apt follows them."""

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from roles.gpu_driver import packages

PATH = "/etc/apt/preferences.d/00-infra-gpu-driver"
"""First by name: of two version pins for one package, apt follows the one it reads first."""

OTHERS = {"ubuntu": ("l=NVIDIA CUDA",), "nvidia": ("o=Ubuntu", "o=Debian")}
"""Releases, as their Release file names them, whose driver packages are never candidates."""


@dataclass(frozen=True)
class Pin:
    """A stanza of apt preferences: what it matches, what it pins and how strongly."""

    names: str
    pin: str
    priority: int


def pins(wanted: Mapping[str, str], *, origin: str) -> tuple[Pin, ...]:
    """The stanzas of a set: its exact versions above all, other origins' drivers never.

    The driver's own version pins every driver package, installed or not; a package with a version
    of its own (modules built for a kernel) is pinned by name.
    """
    counted = Counter(
        version for name, version in wanted.items() if not packages.is_built_for_kernel(name)
    )
    if not counted:
        return ()
    own = counted.most_common(1)[0][0]
    every = f"/{packages.NAMES}/"
    apart = [Pin(name, f"version {at}", 1001) for name, at in wanted.items() if at != own]
    never = [Pin(every, f"release {release}", -1) for release in OTHERS[origin]]
    return (*apart, Pin(every, f"version {own}", 1001), *never)


def policy_command(names: Iterable[str]) -> str:
    """Shell text that prints what apt would install of packages."""
    return f"LC_ALL=C apt-cache policy {' '.join(map(shlex.quote, names))}"


def candidates(lines: list[str]) -> dict[str, str]:
    """apt's candidate version by package, from the answer to `policy_command`."""
    found: dict[str, str] = {}
    name = ""
    for line in lines:
        if line.endswith(":") and not line.startswith(" "):
            name = line[:-1]
        elif line.startswith("  Candidate: "):
            found[name] = line.partition(": ")[2]
    return found
