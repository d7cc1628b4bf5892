"""The kernel package that a host of its kind has: a stand-in, since the machine's kernel runs.

A container boots no kernel of its own; what a kernel package is held or moved for is real apt work.
"""

from pathlib import Path

from infra.lab.deb import Deb, deb
from infra.lab.shell import run
from infra.lab.spec import LabHost, OsName

_VERSIONS: dict[OsName, str] = {
    "ubuntu-22.04": "5.15.0.161.157",
    "ubuntu-24.04": "6.8.0-87.88",
    "ubuntu-26.04": "7.0.0-14.14",
    "debian-12": "6.1.158-1",
    "debian-13": "6.12.57-1",
}
_ABOUT = "lab stand-in for the kernel's metapackage: it holds no kernel"


def package(host: LabHost) -> Deb:
    """The metapackage `linux-image-generic` (Ubuntu) or `linux-image-amd64` (Debian)."""
    name = "linux-image-generic" if host.os.startswith("ubuntu") else "linux-image-amd64"
    control = {
        "Package": name,
        "Version": _VERSIONS[host.os],
        "Architecture": "amd64",
        "Maintainer": "infra lab <lab@infra.invalid>",
        "Section": "kernel",
        "Priority": "optional",
        "Description": _ABOUT,
    }
    readme = f"usr/share/doc/{name}/README.lab"
    return Deb(control=control, files={readme: (f"{_ABOUT}\n".encode(), 0o644)})


def install(host: LabHost, root: Path) -> None:
    """Install the stand-in below a host's root."""
    made = package(host)
    path = root / "var/cache" / made.file_name
    path.write_bytes(deb(made))
    run(["chroot", root, "dpkg", "--install", f"/var/cache/{made.file_name}"])
    path.unlink()
