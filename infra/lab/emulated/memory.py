"""The memory of a running emulator, read and written from outside (needs root)."""

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from infra.lab.shell import LabError

_HEAP = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) rw-p .*\[heap\]$", re.M)
"""Where a program's first thread, which makes all devices, allocates what is not large."""


@dataclass(frozen=True)
class Region:
    """A mapped range and a copy of what was in it."""

    start: int
    content: bytes


def ranges(maps: str) -> tuple[tuple[int, int], ...]:
    """Start and length of a process's heap, from the text of its /proc/PID/maps."""
    found = ((int(start, 16), int(end, 16)) for start, end in _HEAP.findall(maps))
    return tuple((start, end - start) for start, end in found)


class Memory:
    """A process's memory: a copy of its heap to search in, and all of it to read and write."""

    def __init__(self, pid: int) -> None:
        """Open the process; LabError when this machine does not let root do so."""
        try:
            maps = Path(f"/proc/{pid}/maps").read_text()
            self._file = os.fdopen(os.open(f"/proc/{pid}/mem", os.O_RDWR), "r+b", buffering=0)
        except OSError as wrong:
            raise LabError(f"cannot reach the emulator's memory: {wrong}") from wrong
        self.regions = tuple(
            Region(start, self.read(start, length)) for start, length in ranges(maps)
        )

    def __enter__(self) -> "Memory":
        """The memory, open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self._file.close()

    def read(self, address: int, length: int) -> bytes:
        """Bytes at an address now; fewer where nothing is mapped."""
        try:
            self._file.seek(address)
            return self._file.read(length)
        except (OSError, OverflowError, ValueError):
            return b""

    def write(self, address: int, content: bytes) -> None:
        """Put bytes at an address; LabError when nothing is mapped there."""
        try:
            self._file.seek(address)
            self._file.write(content)
        except OSError as wrong:
            raise LabError(f"cannot write the emulator's memory: {wrong}") from wrong

    def holds(self, address: int) -> bool:
        """Whether an address is allocated."""
        return any(each.start <= address < each.start + len(each.content) for each in self.regions)

    def places(self, wanted: bytes, *, alignment: int) -> Iterator[int]:
        """Addresses at which bytes were found, at multiples of the alignment."""
        for region in self.regions:
            at = region.content.find(wanted)
            while at >= 0:
                if (region.start + at) % alignment == 0:
                    yield region.start + at
                at = region.content.find(wanted, at + 1)

    def word(self, address: int) -> int:
        """The 64-bit number at an address; 0 where nothing is mapped."""
        found = self.read(address, 8)
        return int(struct.unpack("<Q", found)[0]) if len(found) == 8 else 0
