"""apt preferences that pin a driver's set, and whether apt follows them."""

import base64
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from roles.gpu_driver import packages

PATH = "/etc/apt/preferences.d/00-infra-gpu-driver"
"""First by name: of two version pins for one package, apt follows the one it reads first."""

OTHERS = {
    "ubuntu": ("l=NVIDIA CUDA",),
    "debian": ("l=NVIDIA CUDA",),
    "nvidia": ("o=Ubuntu", "o=Debian"),
}
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


OPTION = '-o Dir::Etc::preferencesparts="$t/p"'
"""apt's option to follow what `staged` put together."""


def staged(preferences: str) -> str:
    """Shell text that makes a folder `$t/p` with the host's preferences and these in ours' place.

    `$t` goes when the shell ends.
    """
    encoded = base64.b64encode(preferences.encode()).decode()
    return (
        't=$(mktemp -d) && trap \'rm -rf "$t"\' EXIT && mkdir "$t/p" && chmod 755 "$t" && '
        f'for f in /etc/apt/preferences.d/*; do case $f in {PATH}|*"*"*) ;; '
        '*) cp "$f" "$t/p/" ;; esac; done && '
        f'echo {encoded} | base64 -d >"$t/p/{PATH.rpartition("/")[2]}"'
    )


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
