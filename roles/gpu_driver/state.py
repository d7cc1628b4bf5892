"""What is on a host: cards, driver packages and who holds them, kernel modules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from infra.observed import Package
from roles.gpu_driver import driver, packages, vgpu
from roles.gpu_driver.driver import Module

HOLDS = "/var/lib/infra/gpu_driver"
"""File on the host that names the packages that infra holds, one a line."""

COMMAND = f"""\
{driver.PATH}; export PATH
echo "kernel $(uname -r)"
(. /etc/os-release && echo "os $ID")
for d in /sys/bus/pci/devices/*; do
  [ -r "$d/class" ] && read -r v <"$d/vendor" && read -r c <"$d/class" || continue
  case "$v $c" in
    "0x10de 0x0300"*|"0x10de 0x0302"*) echo "gpu ${{d##*/}} $(cd "$d" && cat device \
      subsystem_vendor subsystem_device 2>/dev/null | tr '\n' ' ')"
      echo "config ${{d##*/}} $(head -c 256 "$d/config" | od -An -v -tx1 | tr -d ' \n')";;
    "0x10de 0x0680"*) echo "switch ${{d##*/}}";;
  esac
done
dpkg-query -W -f 'package ${{Package}} ${{Version}} ${{db:Status-Want}} ${{db:Status-Status}}\\n' \
  | grep -E 'nvidia|cuda|nvcuvid|nvoptix|^package linux-'
sed 's/^/ours /' {HOLDS} 2>/dev/null
sed -n 's/^NVRM/loaded NVRM/p' /proc/driver/nvidia/version 2>/dev/null
about() {{ modinfo -F $1 nvidia 2>/dev/null || modinfo -F $1 nvidia-current 2>/dev/null; }}
echo "disk $(about version | head -n 1)"
echo "license $(about license | head -n 1)"
for f in /usr/bin/nvidia-uninstall /usr/bin/nvidia-installer; do
  [ -x $f ] && echo "runfile $f"; done
for f in /usr/lib/$(uname -m)-linux-gnu /usr/lib64 /usr/lib; do [ -e $f/libnvidia-ml.so.1 ] && \
  echo "library $(readlink -f $f/libnvidia-ml.so.1)" && break; done
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
    ids: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """PCI device id ("2204") and subsystem ("10de:1467") of each of them, where sysfs says."""
    guests: frozenset[str] = frozenset()
    """Those of them that are a hypervisor's shares of a card."""
    switches: tuple[str, ...] = ()
    """PCI addresses of NVSwitches."""
    driver: Mapping[str, Package] = field(default_factory=dict)
    """Installed packages of a driver."""
    broken: frozenset[str] = frozenset()
    """Names of driver packages that dpkg was interrupted at."""
    wrecks: frozenset[str] = frozenset()
    """Those of them whose files are neither the old version's nor the new one's."""
    kernels: Mapping[str, Package] = field(default_factory=dict)
    """Installed packages of kernels, without their driver modules."""
    ours: frozenset[str] = frozenset()
    """Names of the packages that infra holds."""
    loaded: Module | None = None
    disk: Module | None = None
    """Module on disk for the running kernel."""
    user_space: str | None = None
    """Driver version of the management library that programs load; None: there is none."""
    runfile: tuple[str, ...] = ()
    """Programs that a driver left which came in a .run file."""
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
        gpus=tuple(row.split()[0] for row in of.get("gpu", ())),
        ids=dict(_ids(of.get("gpu", ()))),
        guests=vgpu.guests(list(of.get("config", ()))),
        switches=of.get("switch", ()),
        driver={name: one for name, one in installed.items() if packages.is_driver(name)},
        broken=_in_state(of, "half-installed", "unpacked", "half-configured"),
        wrecks=_in_state(of, "half-installed"),
        kernels={name: one for name, one in installed.items() if _is_kernel(name)},
        ours=frozenset(of.get("ours", ())),
        loaded=driver.loaded(_only(of, "loaded")),
        disk=driver.on_disk(_only(of, "disk"), license_=_only(of, "license")),
        user_space=driver.library(_only(of, "library")),
        runfile=of.get("runfile", ()),
        nouveau="nouveau" in of,
        modprobe=frozenset(of.get("modprobe", ())),
    )


def _ids(rows: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, str]]]:
    for row in map(str.split, rows):
        if len(row) == 4:
            device, vendor, subsystem = (word.removeprefix("0x") for word in row[1:])
            yield row[0], (device, f"{vendor}:{subsystem}")


def _is_kernel(name: str) -> bool:
    return name.startswith("linux-") and not packages.is_driver(name)


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
