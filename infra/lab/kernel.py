"""The kernel package that a host of its kind has: a stand-in, since the machine's kernel runs.

A container boots no kernel of its own; what a kernel package is held or moved for is real apt work.
"""

from pathlib import Path

from infra.lab.deb import Deb, deb
from infra.lab.shell import run
from infra.lab.spec import LabHost

_ABOUT = "lab stand-in for the kernel's metapackage: it holds no kernel"


def package(host: LabHost) -> Deb:
    """The metapackage `linux-image-generic` (Ubuntu) or `linux-image-amd64` (Debian)."""
    ubuntu = host.os.startswith("ubuntu")
    name = "linux-image-generic" if ubuntu else "linux-image-amd64"
    control = {
        "Package": name,
        "Version": "6.8.0-87.88" if ubuntu else "6.12.57-1",
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
