"""Finds the configuration spaces of an emulator's PCI functions in its memory.

QEMU lets nobody choose ids, links or access control of its devices, so they are written from
outside. A device's state has its id and its path among the emulator's objects next to each other;
a PCI function has, a little further, five pointers in a row: its configuration space, and the masks
of what is checked, writable, cleared by writing, and in use. Both must be there exactly once.
"""

import struct
from dataclasses import dataclass

from infra.lab.emulated.memory import Memory
from infra.lab.shell import LabError

_OBJECTS = "/machine/peripheral"
_MASKS = 5
_REACH = 1024
"""Bytes behind a device's path in which a PCI function's pointers must be."""
_ALLOCATED = 16
"""What the allocator aligns to."""
_STATUS, _FIRST, _EXPRESS = 0x06, 0x34, 0x10


@dataclass(frozen=True)
class Space:
    """Where a function's configuration space lies, and the mask of what its host may write."""

    config: int
    checked: int
    writable: int


def found(memory: Memory, *, device: str) -> Space:
    """The configuration space of a device by its id; LabError when it is not told for sure."""
    places = {space for at in _states(memory, device) for space in _spaces(memory, at)}
    if len(places) != 1:
        raise LabError(
            f"this emulator does not keep its devices as expected: {len(places)} configuration "
            f"spaces of {device} found; emulated hosts were made for QEMU 7.2"
        )
    return places.pop()


def _states(memory: Memory, device: str) -> list[int]:
    """Addresses behind the id and the path of a device's state."""
    text = f"{_OBJECTS}/{device}".encode() + b"\0"
    name = device.encode() + b"\0"
    return [
        pointer + 8
        for path in memory.places(text, alignment=_ALLOCATED)
        for pointer in memory.places(struct.pack("<Q", path), alignment=8)
        if memory.read(memory.word(pointer - 8), len(name)) == name
    ]


def _spaces(memory: Memory, state: int) -> list[Space]:
    words = [memory.word(state + offset) for offset in range(0, _REACH, 8)]
    rows = (words[at : at + _MASKS] for at in range(len(words) - _MASKS))
    return [
        Space(row[0], row[1], row[2])
        for row in rows
        if len(set(row)) == _MASKS and all(map(memory.holds, row)) and _is_function(memory, row)
    ]


def _is_function(memory: Memory, row: list[int]) -> bool:
    """Whether the first of the masks holds ids that a migration must find again."""
    config, checked = row[:2]
    return memory.read(checked, 4) == b"\xff" * 4 and memory.read(config, 2) not in (b"", b"\0\0")


def express(memory: Memory, space: Space) -> int:
    """Offset of a function's PCI Express capability; LabError when it has none."""
    at = memory.read(space.config + _FIRST, 1)[0]
    for _ in range(48):
        name, following = memory.read(space.config + at, 2)
        if name == _EXPRESS:
            return at
        if not following:
            break
        at = following
    raise LabError("an emulated function has no PCI Express capability")


def extended(memory: Memory, space: Space, *, wanted: int) -> tuple[int, int]:
    """Offset of an extended capability (0: none) and of the last one in their list."""
    at = 0x100
    while True:
        head = struct.unpack("<I", memory.read(space.config + at, 4))[0]
        if head & 0xFFFF == wanted:
            return at, at
        if not head >> 20:
            return 0, at
        at = head >> 20
