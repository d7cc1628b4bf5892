"""Which kernel packages are installed, and which of them are held."""

import re
from dataclasses import dataclass

_KINDS = r"(image|image-unsigned|headers|modules|modules-extra)"
_FLAVOURS = r"(generic|virtual|lowlatency|server|aws|azure|gcp|oracle|kvm|nvidia|cloud|rt)"
_META = re.compile(
    rf"linux-({_KINDS}-(?!nvidia-\d)[a-z][a-z0-9.-]*|{_FLAVOURS}(-hwe|-edge|-lts|-64k)?(-\d[\d.]*.*)?)"
)

COMMAND = (
    'echo "$(uname -r)"; '
    "dpkg-query -W -f '${Package} ${db:Status-Want} ${db:Status-Status}\\n' 'linux-*' "
    "2>/dev/null || true"
)
"""Shell text that prints the running kernel's release and the linux packages dpkg knows."""


@dataclass(frozen=True)
class Kernel:
    """Kernel packages to hold, by name: whether they are held."""

    held: dict[str, bool]

    @property
    def loose(self) -> tuple[str, ...]:
        """Those that are not held."""
        return tuple(name for name, held in self.held.items() if not held)


def parse(lines: list[str]) -> Kernel:
    """Installed metapackages and the running kernel's packages, from the answer to `COMMAND`."""
    release = lines[0].strip() if lines else ""
    rows = [row for row in map(str.split, lines[1:]) if len(row) == 3 and row[2] == "installed"]
    return Kernel(held={name: want == "hold" for name, want, _ in rows if _counts(name, release)})


def _counts(name: str, release: str) -> bool:
    running = re.fullmatch(rf"linux-{_KINDS}-{re.escape(release)}", name)
    return running is not None or _META.fullmatch(name) is not None
