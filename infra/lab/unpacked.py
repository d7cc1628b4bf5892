"""Files of Debian packages that this machine does not install."""

import tempfile
from functools import partial
from pathlib import Path

from infra.lab import place
from infra.lab.cached import cached
from infra.lab.shell import LabError, run


def unpacked(*packages: str, cache: Path = place.CACHE) -> Path:
    """Root folder with the files of the named packages, from the machine's own package sources.

    None of their scripts runs and no service starts. Raises LabError when apt has no such package.
    """
    make = partial(_unpack, packages=packages)
    return cached(cache / "unpacked", recipe=" ".join(packages), make=make)


def _unpack(into: Path, *, packages: tuple[str, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _download(packages, into=Path(folder))
        for deb in sorted(Path(folder).glob("*.deb")):
            run(["dpkg-deb", "--extract", deb, into])


def _download(packages: tuple[str, ...], *, into: Path) -> None:
    command = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *packages]
    try:
        run(command, cwd=into)
    except LabError:
        # Package lists may be missing or older than what the mirror still has
        run(["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", "update"])
        run(command, cwd=into)
