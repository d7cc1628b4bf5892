"""Makes a lab host a control host: this repository, the packages it needs, and a key of its own."""

import importlib.metadata
import shlex
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labhosts import LAB, ROOT
from packaging.requirements import Requirement

HOME = "/opt/infra"
INFRA = f"{HOME}/.venv/bin/python -I -m infra"
_PACKAGES = f".venv/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
_SOURCES = ("infra", "roles", "deploys", "templates", "infra.egg-info")


@dataclass(frozen=True)
class Login:
    """How this machine gets into a lab host."""

    user: str
    address: str

    def shell(self, command: str, *, given: bytes = b"") -> str:
        """What root's shell there answers; it must end well."""
        done = self.tried(command, given=given)
        said = (done.stdout + done.stderr).decode(errors="replace")
        assert done.returncode == 0, f"{self.address}: {command}\n{said}"
        return done.stdout.decode()

    def tried(self, command: str, *, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        """How a command of root's shell there ended."""
        options = ["-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={LAB / 'known_hosts'}"]
        sudo = [] if self.user == "root" else ["sudo"]
        key, who = str(LAB / "keys" / "id_ed25519"), f"{self.user}@{self.address}"
        words = ["ssh", "-i", key, *options, who, *sudo, "bash", "-c", shlex.quote(command)]
        return subprocess.run(words, input=given, capture_output=True)


def fits(control: Login) -> bool:
    """Whether a host runs the Python that this machine's packages were built for."""
    asked = control.tried('python3 -c "import sys, venv; print(*sys.version_info[:2])"')
    return asked.stdout.split() == [b"%d" % part for part in sys.version_info[:2]]


def equip(control: Login, folder: Path) -> None:
    """Bring the repository and its packages, as `bin/infra` would from a package index."""
    archive = folder / "infra.tar"
    with tarfile.open(archive, "w") as packed:
        for name in _SOURCES:
            packed.add(ROOT / name, name, filter=_without_caches)
        for path, name in _package_files():
            packed.add(path, f"{_PACKAGES}/{name}", recursive=False)
    control.shell(
        f"mkdir -p {HOME} && python3 -m venv --without-pip {HOME}/.venv && "
        f"tar -x --no-same-owner -C {HOME} && echo {HOME} >{HOME}/{_PACKAGES}/infra.pth",
        given=archive.read_bytes(),
    )
    archive.unlink()


def introduce(control: Login, *others: Login) -> None:
    """Give it a key of its own that the others let in as the login that they have."""
    control.shell('test -e /root/key || ssh-keygen -q -t ed25519 -N "" -f /root/key')
    public = control.shell("cat /root/key.pub").encode()
    for other in others:
        home = "/root" if other.user == "root" else f"/home/{other.user}"
        keys = f"{home}/.ssh/authorized_keys"
        other.shell(f'key=$(cat); grep -qxF "$key" {keys} || echo "$key" >>{keys}', given=public)
    control.shell("cat >/root/known_hosts", given=(LAB / "known_hosts").read_bytes())


def _without_caches(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if "__pycache__" in entry.name else entry


def _distributions() -> list[importlib.metadata.Distribution]:
    """What infra needs, and what that needs, as far as it is installed here."""
    wanted, found = ["infra"], {}
    while wanted:
        name = wanted.pop().lower()
        if name in found:
            continue
        try:
            found[name] = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        needs = map(Requirement, found[name].requires or ())
        wanted += [
            need.name
            for need in needs
            if need.marker is None or need.marker.evaluate({"extra": ""})
        ]
    del found["infra"]
    return list(found.values())


def _package_files() -> Iterator[tuple[Path, str]]:
    """Files of those distributions, with their place in site-packages."""
    for distribution in _distributions():
        for file in distribution.files or ():
            path = Path(str(distribution.locate_file(file)))
            if ".." not in file.parts and path.suffix != ".pyc" and path.is_file():
                yield path, str(file)
