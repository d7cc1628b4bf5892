"""What is written into a function's configuration space to make it a card or a port of a slot.

PCI Express Base Specification, 7.5.3 (link registers) and 7.7.11 (access control services).
"""

import struct
from dataclasses import dataclass

from infra.lab.emulated import functions
from infra.lab.emulated.functions import Space
from infra.lab.emulated.memory import Memory
from infra.lab.pci import Function, Link


@dataclass(frozen=True)
class Field:
    """A register, or a part of one: offset, bytes, and the bits that are written."""

    offset: int
    size: int
    mask: int = 0xFFFFFFFF
    in_express: bool = False
    """Whether the offset counts from the PCI Express capability."""


IDS = Field(0x00, 4)
REVISION = Field(0x08, 1)
CLASS = Field(0x09, 3)
SUBSYSTEM = Field(0x2C, 4)
ABLE = Field(0x0C, 4, mask=0x3FF, in_express=True)
"""Link capabilities: generation and lanes."""
RUNS = Field(0x12, 2, mask=0x3FF, in_express=True)
"""Link status: generation and lanes."""
SPEEDS = Field(0x2C, 4, mask=0xFE, in_express=True)
"""Generations, a bit each."""
TARGET = Field(0x30, 2, mask=0xF, in_express=True)
"""Generation that the link aims at."""

_ERRORS, _ACCESS_CONTROL = 0x0001, 0x000D
_ABLE_TO_REDIRECT = 0x005F
"""All of access control but egress control, which needs a table."""
_FIRST, _BEHIND_ERRORS = 0x100, 0x148
"""Where extended capabilities begin, and where a switch's port has room for one more."""

Values = dict[Field, int]


def of(function: Function) -> Values:
    """What makes an emulated function this one; its ports keep the ids of what is emulated."""
    ids = _ids(function) if function.port is None else {}
    return {**ids, **(_able(function.link) | runs(function.link) if function.link else {})}


def runs(link: Link) -> Values:
    """How a link runs now."""
    return {RUNS: _coded(link.gen, link.width)}


def slot(*, gen: int, width: int) -> Values:
    """What the port of a slot can give."""
    return _able(Link(gen=gen, max_gen=gen, width=width, max_width=width))


def gone() -> Values:
    """What a card shows that does not answer."""
    return {IDS: 0xFFFFFFFF}


def write(memory: Memory, space: Space, values: Values) -> None:
    """Write these registers."""
    start = functions.express(memory, space)
    for field, value in values.items():
        at = space.config + field.offset + (start if field.in_express else 0)
        before = int.from_bytes(memory.read(at, field.size), "little")
        after = before & ~field.mask | value & field.mask
        memory.write(at, (after & (1 << 8 * field.size) - 1).to_bytes(field.size, "little"))


def add_access_control(memory: Memory, space: Space) -> None:
    """Give a switch's port access control services, all of them off, which its host may turn on."""
    if _add(memory, space, _ACCESS_CONTROL, at=_BEHIND_ERRORS):
        body = struct.pack("<HH", _ABLE_TO_REDIRECT, 0)
        memory.write(space.config + _BEHIND_ERRORS + 4, body)
        may_write = struct.pack("<HH", 0, _ABLE_TO_REDIRECT)
        memory.write(space.writable + _BEHIND_ERRORS + 4, may_write)


def add_error_reporting(memory: Memory, space: Space) -> None:
    """Give a card, which has no other extended capability, a report of errors that stays empty."""
    _add(memory, space, _ERRORS, at=_FIRST)


def _add(memory: Memory, space: Space, capability: int, *, at: int) -> bool:
    """Put a capability last in the list; False when it is there already."""
    there, last = functions.extended(memory, space, wanted=capability)
    if there:
        return False
    if last != at:
        head = struct.unpack("<I", memory.read(space.config + last, 4))[0]
        memory.write(space.config + last, struct.pack("<I", head & 0xFFFFF | at << 20))
    memory.write(space.config + at, struct.pack("<I", capability | 1 << 16))
    return True


def _ids(function: Function) -> Values:
    vendor, device = function.subsystem
    return {
        IDS: function.device << 16 | function.vendor,
        REVISION: function.revision,
        CLASS: function.class_code,
        SUBSYSTEM: device << 16 | vendor,
    }


def _able(link: Link) -> Values:
    return {
        ABLE: _coded(link.max_gen, link.max_width),
        SPEEDS: (1 << link.max_gen) - 1 << 1,
        TARGET: link.max_gen,
    }


def _coded(gen: int, width: int) -> int:
    return gen | width << 4
