"""What a kernel starts with: a program that finds the disk, and the modules for it."""

from pathlib import Path

from infra.lab.emulated.cpio import Packed, archive
from infra.lab.shell import LabError, run

INIT = Path(__file__).with_name("payload") / "init"
MODULES = ("virtio_pci", "virtio_blk", "crc32c_generic", "ext4", "virtio_net")
"""What the kernel cannot do by itself before its disk is there."""
_BUSYBOX = Path("/bin/busybox")
_EMPTY = ("dev", "proc", "sys", "root")


def initrd(root: Path, *, release: str) -> bytes:
    """The archive for the kernel of a root file system; it adds what `/host` in it holds once."""
    modules = _modules(root, release=release)
    files = {
        "init": Packed(INIT.read_bytes(), mode=0o755),
        "bin/busybox": Packed(_BUSYBOX.read_bytes(), mode=0o755),
        "modules/order": Packed("".join(f"{each.name}\n" for each in modules).encode()),
    }
    files |= {f"modules/{each.name}": Packed(each.read_bytes()) for each in modules}
    return archive(files | {f"{name}/.keep": Packed(b"") for name in (*_EMPTY, "host")})


def release_of(root: Path) -> str:
    """Release of the one kernel that a root file system has."""
    found = sorted(path.name for path in (root / "lib/modules").iterdir())
    if len(found) != 1:
        raise LabError(f"{root} should have one kernel and has {', '.join(found) or 'none'}")
    return found[0]


def _modules(root: Path, *, release: str) -> list[Path]:
    """Files of the modules, each behind those that it needs."""
    show = ["chroot", str(root), "modprobe", "-S", release, "--show-depends"]
    lines = [line for name in MODULES for line in run([*show, name]).splitlines()]
    paths = (line.split()[1] for line in lines if line.startswith("insmod "))
    return [root / path.lstrip("/") for path in dict.fromkeys(paths)]
