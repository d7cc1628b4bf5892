"""What is on a host: cards, driver packages and who holds them, kernel modules."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.observed import Package
from roles.gpu_driver import driver, packages
from roles.gpu_driver.driver import Module

HOLDS = "/var/lib/infra/gpu_driver"
"""File on the host that names the packages that infra holds, one a line."""

COMMAND = f"""\
{driver.PATH}; export PATH
echo "kernel $(uname -r)"
(. /etc/os-release && echo "os $ID")
for d in /sys/bus/pci/devices/*; do
  [ -r "$d/class" ] && read -r v <"$d/vendor" && read -r c <"$d/class" || continue
  case "$v $c" in "0x10de 0x0300"*|"0x10de 0x0302"*) echo "gpu ${{d##*/}}";; esac
done
dpkg-query -W -f 'package ${{Package}} ${{Version}} ${{db:Status-Want}} ${{db:Status-Status}}\\n' \
  | grep -E 'nvidia|cuda|nvcuvid|nvoptix|-hwe-'
sed 's/^/ours /' {HOLDS} 2>/dev/null
sed -n 's/^NVRM/loaded NVRM/p' /proc/driver/nvidia/version 2>/dev/null
echo "disk $(modinfo -F version nvidia 2>/dev/null | head -n 1)"
echo "license $(modinfo -F license nvidia 2>/dev/null | head -n 1)"
lsmod 2>/dev/null | grep -q '^nouveau ' && echo "nouveau loaded"
cat /etc/modprobe.d/*.conf /lib/modprobe.d/*.conf 2>/dev/null | sed -nE \
  's/^ *(blacklist nouveau|options nouveau modeset=0) *$/modprobe \\1/p'
true"""
"""Shell text that prints one fact a line, its kind first."""

NOUVEAU_OFF = frozenset({"blacklist nouveau", "options nouveau modeset=0"})
"""Lines of modprobe configuration that keep nouveau from taking the cards at boot."""


@dataclass(frozen=True)
class State:
    """A host as it is: nothing of it is a promise."""

    kernel: str = ""
    """Release of the running kernel."""
    os: str = ""
    """ID of os-release."""
    gpus: tuple[str, ...] = ()
    """PCI addresses of NVIDIA's cards."""
    driver: Mapping[str, Package] = field(default_factory=dict)
    """Installed packages of a driver."""
    broken: frozenset[str] = frozenset()
    """Names of driver packages that dpkg was interrupted at."""
    wrecks: frozenset[str] = frozenset()
    """Those of them whose files are neither the old version's nor the new one's."""
    kernels: tuple[str, ...] = ()
    """Installed packages of hardware enablement kernels."""
    ours: frozenset[str] = frozenset()
    """Names of the packages that infra holds."""
    loaded: Module | None = None
    disk: Module | None = None
    """Module on disk for the running kernel."""
    nouveau: bool = False
    """Whether nouveau is loaded."""
    modprobe: frozenset[str] = frozenset()
    """The lines of NOUVEAU_OFF that modprobe's configuration has."""


def parse(lines: list[str]) -> State:
    """State from the answer to COMMAND."""
    rows = [(kind, rest.strip()) for kind, _, rest in (line.partition(" ") for line in lines)]
    of = {kind: tuple(rest for one, rest in rows if one == kind and rest) for kind, _ in rows}
    installed = _installed(of.get("package", ()))
    return State(
        kernel=_only(of, "kernel"),
        os=_only(of, "os"),
        gpus=of.get("gpu", ()),
        driver={name: one for name, one in installed.items() if packages.is_driver(name)},
        broken=_in_state(of, "half-installed", "unpacked", "half-configured"),
        wrecks=_in_state(of, "half-installed"),
        kernels=tuple(name for name in installed if re.match(r"linux-.*-hwe-", name)),
        ours=frozenset(of.get("ours", ())),
        loaded=driver.loaded(_only(of, "loaded")),
        disk=driver.on_disk(_only(of, "disk"), license_=_only(of, "license")),
        nouveau="nouveau" in of,
        modprobe=frozenset(of.get("modprobe", ())),
    )


def _only(of: Mapping[str, tuple[str, ...]], kind: str) -> str:
    return of.get(kind, ("",))[0] if of.get(kind) else ""


def _installed(rows: tuple[str, ...]) -> dict[str, Package]:
    split = (row.split() for row in rows)
    return {
        row[0]: Package(version=row[1], held=row[2] == "hold")
        for row in split
        if len(row) == 4 and row[3] == "installed"
    }


def _in_state(of: Mapping[str, tuple[str, ...]], *states: str) -> frozenset[str]:
    """Driver packages by dpkg's status; one that was never whole has no version in its row."""
    split = (row.split() for row in of.get("package", ()))
    return frozenset(row[0] for row in split if row[-1] in states and packages.is_driver(row[0]))
