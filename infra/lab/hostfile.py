"""Files that the lab lays into a host before its first boot."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class HostFile:
    """Text and mode of one file."""

    text: str
    mode: int = 0o644


def write(root: Path, files: Mapping[str, HostFile]) -> None:
    """Write files below a host's root, by path relative to it, in place of files or links there."""
    for name, file in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(file.text)
        path.chmod(file.mode)


def link(root: Path, links: Mapping[str, str]) -> None:
    """Make symbolic links below a host's root, by path relative to it."""
    for name, target in links.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(target)
