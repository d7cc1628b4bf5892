"""What the next boot needs of every kernel: modules, their build, headers, fresh boot images."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from roles.gpu_driver import driver

MODPROBE = "/etc/modprobe.d/infra-nouveau.conf"
"""File that keeps nouveau off."""
MODULES = ("nvidia", "nvidia_uvm", "nvidia_modeset")

STALE_COMMAND = (
    "if command -v update-initramfs >/dev/null; then for i in /boot/initrd.img-*; do "
    'k=${i#/boot/initrd.img-}; [ -f "$i" ] && [ -f "/boot/vmlinuz-$k" ] || continue; '
    f'{{ [ {MODPROBE} -nt "$i" ] || find "/lib/modules/$k" -name "nvidia*.ko*" -newer "$i" '
    '2>/dev/null | grep -q .; } && echo "stale $k"; done; fi; true'
)
"""Shell text that prints `stale` and a kernel whose boot image is older than module or modprobe.

An image without its kernel (a copy of DKMS, a leftover) is never written again, and never booted.
"""

_KEYS = "/var/lib/dkms/mok.pub /var/lib/shim-signed/mok/MOK.der"
_OWN_KEYS = (
    "sed -n 's/^ *mok_certificate=//p' /etc/dkms/framework.conf /etc/dkms/framework.conf.d/*.conf "
    "2>/dev/null | tr -d '\\042\\047'"
)
_EFI = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
COMMAND = f"""\
{driver.PATH}; export PATH
about() {{ modinfo -k "$1" -F "$2" "$3" 2>/dev/null ||
  modinfo -k "$1" -F "$2" "$(echo "$3" | sed 's/^nvidia/nvidia-current/;s/_/-/g')" 2>/dev/null; }}
{{ uname -r; for f in /boot/vmlinuz-*; do [ -f "$f" ] && echo "${{f#/boot/vmlinuz-}}"; done; }} \
  | sort -u | while read -r k; do
  echo "kernel $k"
  for m in {" ".join(MODULES)}; do echo "module $k $m $(about "$k" version $m)"; done
  echo "signer $k $(about "$k" signer nvidia)"
  find "/lib/modules/$k" -name 'nvidia.ko*' -o -name 'nvidia-current.ko*' 2>/dev/null |
    sed "s|^|file $k |"
  [ -d "/lib/modules/$k/build/" ] && echo "headers $k"
done
command -v dkms >/dev/null && dkms status 2>/dev/null | sed 's/^/dkms /'
state=$(mokutil --sb-state 2>/dev/null) || state=$(od -An -t u1 -j 4 -N 1 {_EFI} 2>/dev/null)
case $state in *"validation is disabled"*) ;; *enabled*|*1) echo "secure on" ;; esac
for f in {_KEYS} $({_OWN_KEYS}); do
  [ -f $f ] && mokutil --test-key $f 2>/dev/null | grep -q 'already enrolled' && echo "enrolled $f"
done
true"""
"""Shell text that prints one fact a line about each kernel that may boot, its kind first."""

_DKMS = re.compile(
    r"nvidia[\w-]*?(?:/|, ?)(?P<version>[\d.]+), (?P<kernel>[^,]+), [^:]+: (?P<is>\w+)"
)


@dataclass(frozen=True)
class Kernel:
    """A kernel that may boot: versions of its modules by name, and what they came from."""

    release: str
    versions: Mapping[str, str]
    signer: str = ""
    """Who signed its module; empty when nobody did."""
    files: tuple[str, ...] = ()
    """Every file that is an nvidia module for it."""
    headers: bool = False
    built: Mapping[str, str] | None = None
    """What DKMS says of it, by driver version; None when DKMS does not know it."""


@dataclass(frozen=True)
class NextBoot:
    """Every kernel that may boot, and whether the firmware asks for signatures."""

    kernels: tuple[Kernel, ...] = ()
    secure: bool = False
    """Whether Secure Boot is on."""
    enrolled: tuple[str, ...] = ()
    """Keys of this host that its firmware trusts."""


def parse(lines: Iterable[str]) -> NextBoot:
    """The next boot from the answer to `COMMAND`."""
    rows = [line.split(maxsplit=3) for line in lines]
    releases = [row[1] for row in rows if row[:1] == ["kernel"] and len(row) == 2]
    return NextBoot(
        kernels=tuple(_kernel(release, rows) for release in releases),
        secure=["secure", "on"] in rows,
        enrolled=tuple(row[1] for row in rows if row[:1] == ["enrolled"]),
    )


def _kernel(release: str, rows: list[list[str]]) -> Kernel:
    own = [(row[0], " ".join(row[2:])) for row in rows if len(row) > 1 and row[1] == release]
    modules = (text.split() for kind, text in own if kind == "module")
    return Kernel(
        release=release,
        versions={row[0]: row[1] for row in modules if len(row) == 2},
        signer=next((text for kind, text in own if kind == "signer"), ""),
        files=tuple(text for kind, text in own if kind == "file"),
        headers=any(kind == "headers" for kind, _ in own),
        built=_built(release, rows),
    )


def _built(release: str, rows: list[list[str]]) -> dict[str, str] | None:
    said = (_DKMS.match(" ".join(row[1:])) for row in rows if row[:1] == ["dkms"])
    mine = {match["version"]: match["is"] for match in said if match and match["kernel"] == release}
    return mine or None


def lacking(boot: NextBoot, *, version: str) -> tuple[str, ...]:
    """Kernels without each of this driver's modules."""
    return tuple(
        kernel.release
        for kernel in boot.kernels
        if any(kernel.versions.get(module) != version for module in MODULES)
    )


def taken(boot: NextBoot) -> Kernel | None:
    """The newest kernel, which a boot loader takes unless it is told otherwise; None: no kernel."""

    def age(kernel: Kernel) -> list[int]:
        return [int(number) for number in re.findall(r"\d+", kernel.release)]

    return max(boot.kernels, key=age, default=None)


def unbuildable(boot: NextBoot, *, version: str, headers: Collection[str]) -> str | None:
    """Why DKMS cannot build for the kernel that a boot takes, given the header packages to come.

    None as well where any come: a metapackage may bring that kernel's.
    """
    kernel = taken(boot)
    if kernel is None or kernel.headers or headers:
        return None
    if not lacking(NextBoot(kernels=(kernel,)), version=version):
        return None
    return (
        f"gpu_driver: kernel {kernel.release}, which the next boot takes, has no headers, and no "
        f"package source of this host has linux-headers-{kernel.release}, so DKMS cannot build "
        f"driver {version} for it; upgrade the kernel to one whose headers the sources have "
        "(apt-mark unhold it first), or remove that kernel and boot. No package was changed"
    )


def torn(boot: NextBoot) -> tuple[str, ...]:
    """Sentences on kernels that have the module more than once."""
    return tuple(
        f"{kernel.release}: {', '.join(sorted(kernel.files))}"
        for kernel in boot.kernels
        if len(kernel.files) > 1
    )


def unbuilt(boot: NextBoot, *, version: str) -> tuple[str, ...]:
    """Sentences on what DKMS lacks for kernels that may boot; none when it could build for all."""
    found = []
    for kernel in boot.kernels:
        state = (kernel.built or {}).get(version, "not built")
        if state != "installed":
            found.append(f"{kernel.release}: dkms says {state} for {version}")
        if not kernel.headers:
            found.append(f"{kernel.release}: its headers are absent")
    return tuple(found)
