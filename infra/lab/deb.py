"""Debian packages as bytes: the same content gives the same file, and no tool is run for it."""

import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

_TIME = 1_700_000_000


@dataclass(frozen=True)
class Deb:
    """What one package file holds."""

    control: Mapping[str, str]
    """Fields of the control file, in order."""
    scripts: Mapping[str, str] = field(default_factory=dict)
    """Maintainer scripts by name."""
    files: Mapping[str, tuple[bytes, int]] = field(default_factory=dict)
    """Content and mode by path below the root, without a leading slash."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Targets of symbolic links by path."""

    @property
    def file_name(self) -> str:
        """Name of the package file; an epoch is left out, as in Debian's pool."""
        version = self.control["Version"].partition(":")[2] or self.control["Version"]
        return f"{self.control['Package']}_{version}_{self.control['Architecture']}.deb"


def deb(package: Deb) -> bytes:
    """The package in Debian's binary format 2.0, uncompressed."""
    members = {
        "debian-binary": b"2.0\n",
        "control.tar": _control(package),
        "data.tar": _data(package),
    }
    return b"!<arch>\n" + b"".join(_member(name, body) for name, body in members.items())


def _member(name: str, body: bytes) -> bytes:
    head = f"{name:<16}{_TIME:<12}{0:<6}{0:<6}{'100644':<8}{len(body):<10}`\n"
    return head.encode() + body + b"\n" * (len(body) % 2)


def _control(package: Deb) -> bytes:
    fields = "".join(f"{name}: {value}\n" for name, value in package.control.items() if value)
    files = {"control": (fields.encode(), 0o644)}
    files |= {name: (text.encode(), 0o755) for name, text in package.scripts.items()}
    return _tar(files, {})


def _data(package: Deb) -> bytes:
    return _tar(package.files, package.links)


def _tar(files: Mapping[str, tuple[bytes, int]], links: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for folder in sorted({parent for path in [*files, *links] for parent in _parents(path)}):
            _add(tar, folder, kind=tarfile.DIRTYPE, mode=0o755)
        for path, (content, mode) in sorted(files.items()):
            _add(tar, f"./{path}", kind=tarfile.REGTYPE, mode=mode, content=content)
        for path, target in sorted(links.items()):
            _add(tar, f"./{path}", kind=tarfile.SYMTYPE, mode=0o777, target=target)
    return out.getvalue()


def _parents(path: str) -> list[str]:
    above = [str(parent) for parent in PurePosixPath(path).parents]
    return [f"./{parent}" if parent != "." else "." for parent in above]


def _add(
    tar: tarfile.TarFile,
    path: str,
    *,
    kind: bytes,
    mode: int,
    content: bytes = b"",
    target: str = "",
) -> None:
    entry = tarfile.TarInfo(path)
    entry.type, entry.mode, entry.mtime, entry.size = kind, mode, _TIME, len(content)
    entry.linkname, entry.uname, entry.gname = target, "root", "root"
    tar.addfile(entry, io.BytesIO(content))
