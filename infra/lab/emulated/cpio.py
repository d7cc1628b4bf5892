"""Archives that the kernel unpacks into its first root file system (cpio, the "newc" format).

Several of them may follow each other in one file: Linux, Documentation/driver-api/early-userspace.
"""

import stat
from collections.abc import Mapping
from dataclasses import dataclass

_END = "TRAILER!!!"


@dataclass(frozen=True)
class Packed:
    """One file of an archive."""

    content: bytes
    mode: int = 0o644


def archive(files: Mapping[str, Packed]) -> bytes:
    """The bytes of an archive with these files and the folders above them, all root's."""
    folders = sorted({parent for name in files for parent in _parents(name)})
    parts = [_entry(name, b"", mode=stat.S_IFDIR | 0o755) for name in folders]
    for name, file in files.items():
        parts.append(_entry(name, file.content, mode=stat.S_IFREG | file.mode))
    return b"".join((*parts, _entry(_END, b"", mode=0)))


def _parents(name: str) -> list[str]:
    steps = name.split("/")[:-1]
    return ["/".join(steps[: count + 1]) for count in range(len(steps))]


def _entry(name: str, content: bytes, *, mode: int) -> bytes:
    numbers = [0] * 13
    numbers[1], numbers[4], numbers[6], numbers[11] = mode, 1, len(content), len(name) + 1
    head = "070701" + "".join(f"{number:08x}" for number in numbers)
    return _padded(head.encode() + name.encode() + b"\0") + _padded(content)


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 4)
