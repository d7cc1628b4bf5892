"""What every emulated host boots from: a disk, a kernel and its first root, built once and kept."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from infra.lab import base, hostfile, place
from infra.lab.cached import cached
from infra.lab.emulated import initrd, system
from infra.lab.package_sources import require_keys
from infra.lab.shell import run
from infra.lab.spec import OsName

PACKAGES = (*base.PACKAGES, "udev", "linux-image-amd64")
"""What a host of the other kind has, and what only a machine with a kernel of its own needs."""
DISK_GIB = 8
"""Size of the disk that a host sees; the file holds what is written alone."""


@dataclass(frozen=True)
class Image:
    """Files that hosts boot from, read-only by agreement."""

    disk: Path
    kernel: Path
    initrd: Path


def image(os_name: OsName, say: Callable[[str], None]) -> Image:
    """The image of an operating system, built on the first call (about two minutes)."""
    suite = base.suite_of(os_name)
    make = partial(_build, suite=suite, say=say)
    kept = cached(place.CACHE / "machines", recipe=_recipe(suite), make=make)
    return Image(disk=kept / "disk.raw", kernel=kept / "vmlinuz", initrd=kept / "initrd")


def _recipe(suite: str) -> str:
    files = {name: file.text for name, file in system.files().items()}
    parts = (base.recipe(suite), PACKAGES, files, system.set_up(), initrd.INIT.read_text())
    return json.dumps((*parts, initrd.MODULES, DISK_GIB))


def _build(into: Path, *, suite: str, say: Callable[[str], None]) -> None:
    require_keys(suite)
    say(f"Building the disk of emulated hosts, Debian {suite} with a kernel (once) …")
    root, tar = into / "root", into / "system.tar"
    root.mkdir()
    base.bootstrap(suite, packages=PACKAGES, tar=tar, scratch=into / "scratch")
    run(["tar", "-C", root, "--numeric-owner", "--xattrs", "-xf", tar])
    base.clean_up(root)
    hostfile.write(root, system.files())
    run(["chroot", root, "sh"], input=system.set_up())
    release = initrd.release_of(root)
    (into / "initrd").write_bytes(initrd.initrd(root, release=release))
    shutil.copy(root / f"boot/vmlinuz-{release}", into / "vmlinuz")
    _write_disk(into / "disk.raw", root=root)
    tar.unlink()
    shutil.rmtree(root)


def _write_disk(disk: Path, *, root: Path) -> None:
    run(["truncate", "--size", f"{DISK_GIB}G", disk])
    # Zeroed lazily: the file stays as small as what is in it
    lazy = "lazy_itable_init=1,lazy_journal_init=1"
    run(["mkfs.ext4", "-q", "-F", "-E", lazy, "-O", "^metadata_csum", "-d", root, disk])
