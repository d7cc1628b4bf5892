"""What an ELF program asks its loader for, read without any tool."""

import struct
from collections.abc import Callable, Iterable
from pathlib import Path

_LOAD, _DYNAMIC = 1, 2
_NEEDED, _STRINGS = 1, 5


def closure(programs: Iterable[Path], *, find: Callable[[str], Path]) -> dict[str, Path]:
    """Every library that the programs need, and those need in turn: its file by soname."""
    found: dict[str, Path] = {}
    waiting = list(programs)
    while waiting:
        for name in needed(waiting.pop()):
            if name not in found:
                found[name] = find(name)
                waiting.append(found[name])
    return dict(sorted(found.items()))


def needed(path: Path) -> tuple[str, ...]:
    """Sonames that a 64-bit little-endian ELF file is linked to; none for anything else."""
    image = path.read_bytes()
    if image[:6] != b"\x7fELF\x02\x01":
        return ()
    segments = _segments(image)
    dynamic = next((_dynamic(image, *span) for kind, _, *span in segments if kind == _DYNAMIC), [])
    strings = next((value for tag, value in dynamic if tag == _STRINGS), 0)
    start = _offset(strings, segments)
    return tuple(_text(image, start + value) for tag, value in dynamic if tag == _NEEDED)


def _segments(image: bytes) -> list[tuple[int, int, int, int]]:
    """Type, address, file offset and size in the file of each program header."""
    (table,) = struct.unpack_from("<Q", image, 32)
    size, count = struct.unpack_from("<HH", image, 54)
    headers = (struct.unpack_from("<IIQQQQ", image, table + size * at) for at in range(count))
    return [(kind, address, offset, length) for kind, _, offset, address, _, length in headers]


def _dynamic(image: bytes, offset: int, length: int) -> list[tuple[int, int]]:
    entries = struct.iter_unpack("<QQ", image[offset : offset + length])
    return [(tag, value) for tag, value in entries]


def _offset(address: int, segments: list[tuple[int, int, int, int]]) -> int:
    for kind, start, offset, length in segments:
        if kind == _LOAD and start <= address < start + length:
            return address - start + offset
    return address


def _text(image: bytes, start: int) -> str:
    return image[start : image.index(b"\0", start)].decode()
