"""A PCI function's configuration space, as lspci and setpci read and write it."""

import struct

from infra.lab.pci import Function, Link

_POWER, _EXPRESS, _EXTENDED = 0x60, 0x78, 0x100
_KINDS = {None: 0x0012, "root": 0x0142, "upstream": 0x0052, "downstream": 0x0162}
"""PCI Express capability registers by what a function is."""
_ACS, _AER, _RESIZABLE = 0x000D, 0x0001, 0x0015
_ALL_OF_ACS = 0x001F
"""Source validation, translation blocking, request and completion redirect, upstream forwarding."""


def config(function: Function) -> bytes:
    """The function's 4096 bytes of configuration space."""
    space = bytearray(4096)
    struct.pack_into("<HHHH", space, 0, function.vendor, function.device, 0x0407, 0x0010)
    space[8] = function.revision
    space[9:12] = function.class_code.to_bytes(3, "little")
    _header(space, function)
    if function.link is not None:
        space[0x34] = _POWER
        struct.pack_into("<BBHH", space, _POWER, 0x01, _EXPRESS, 0x4803, 0x0008)
        _express(space, function.link, kind=_KINDS[function.port])
        _extended(space, function)
    else:
        struct.pack_into("<H", space, 6, 0)
    return bytes(space)


def _header(space: bytearray, function: Function) -> None:
    if function.port is not None:
        space[0x0E] = 0x01
        below = (function.secondary_bus, function.subordinate_bus)
        space[0x18:0x1B] = bytes((function.bus, *below))
        return
    for number, (start, _, flags) in enumerate(function.regions):
        if start:
            struct.pack_into("<I", space, 0x10 + 4 * number, (start & 0xFFFFFFF0) | _bits(flags))
            if flags & 0x100000:
                struct.pack_into("<I", space, 0x14 + 4 * number, start >> 32)
    struct.pack_into("<HH", space, 0x2C, *function.subsystem)
    space[0x3D] = 1


def _bits(flags: int) -> int:
    if flags & 0x100:
        return 0x1
    return (0x4 if flags & 0x100000 else 0) | (0x8 if flags & 0x2000 else 0)


def _express(space: bytearray, link: Link, *, kind: int) -> None:
    at = _EXPRESS
    able = link.max_gen | link.max_width << 4 | 2 << 10
    struct.pack_into("<BBHI", space, at, 0x10, 0x00, kind, 0x00008001)
    struct.pack_into("<HH", space, at + 0x08, 0x2910, 0x0000)
    struct.pack_into("<IHH", space, at + 0x0C, able, 0x0040, link.gen | link.width << 4 | 1 << 12)
    struct.pack_into("<I", space, at + 0x2C, ((1 << link.max_gen) - 1) << 1)
    struct.pack_into("<H", space, at + 0x30, link.max_gen)


def _extended(space: bytearray, function: Function) -> None:
    """Extended capabilities one behind the other: the first is where faults look for ACS."""
    at, parts = _EXTENDED, _capabilities(function)
    for number, (name, body) in enumerate(parts):
        end = at + 4 + len(body)
        following = end if number + 1 < len(parts) else 0
        struct.pack_into("<I", space, at, name | 1 << 16 | following << 20)
        space[at + 4 : end] = body
        at = end


def _capabilities(function: Function) -> list[tuple[int, bytes]]:
    # Only ports that send packets on to peers have access control services; here all are off
    redirects = function.port in ("root", "downstream")
    found = [(_ACS, struct.pack("<HH", _ALL_OF_ACS, 0))] if redirects else []
    found.append((_AER, bytes(0x44)))
    if function.resizable is not None:
        found.append((_RESIZABLE, _resizable(*function.resizable)))
    return found


def _resizable(current: int, largest: int) -> bytes:
    smallest = 1 << 6
    sizes = sum(1 << 4 + bit for bit in range(64) if smallest <= 1 << bit <= largest)
    return struct.pack("<II", sizes & 0xFFFFFFFF, 1 | 1 << 5 | (current.bit_length() - 1) << 8)
