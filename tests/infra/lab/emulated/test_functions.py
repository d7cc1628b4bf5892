"""Finds what is laid out in this very process as an emulator lays it out."""

import ctypes
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from infra.lab.emulated import functions, registers
from infra.lab.emulated.memory import Memory
from infra.lab.pci import Function, Link
from infra.lab.shell import LabError

EXPRESS = 0x80
CARD = Function("0000:01:00.0", 0x10DE, 0x2331, 0x030200, (0x10DE, 0x1626), revision=0xA1)
SLOWER = Link(gen=4, max_gen=5, width=8, max_width=16)


@dataclass
class Laid:
    """A device's state and what it points to, kept alive."""

    device: str
    kept: list[ctypes.Array[ctypes.c_char]] = field(default_factory=list)
    masks: list[ctypes.Array[ctypes.c_char]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.masks = [self.aligned(4096) for _ in range(5)]
        config, checked = self.masks[:2]
        struct.pack_into("<HH", config, 0, 0x1B36, 0x0010)
        config[0x34] = bytes([EXPRESS])
        struct.pack_into("<BB", config, EXPRESS, 0x10, 0)
        struct.pack_into("<I", config, EXPRESS + 0x0C, 0x0500_0C11)
        struct.pack_into("<I", config, 0x100, 0x10001)
        struct.pack_into("<I", checked, 0, 0xFFFFFFFF)
        name = self.text(self.device)
        path = self.text(f"/machine/peripheral/{self.device}")
        state = self.aligned(2048)
        struct.pack_into("<QQ", state, 40, name, path)
        struct.pack_into("<5Q", state, 200, *map(self.at, self.masks))

    def aligned(self, size: int) -> ctypes.Array[ctypes.c_char]:
        raw = ctypes.create_string_buffer(size + 16)
        self.kept.append(raw)
        skip = -ctypes.addressof(raw) % 16
        return (ctypes.c_char * size).from_buffer(raw, skip)

    def text(self, text: str) -> int:
        # Large enough for the heap: Python keeps small things elsewhere
        buffer = self.aligned(1024)
        buffer.value = text.encode()
        return self.at(buffer)

    def at(self, buffer: ctypes.Array[ctypes.c_char]) -> int:
        return ctypes.addressof(buffer)

    def wipe(self) -> None:
        """What is freed keeps its content, and would be found again by the next test."""
        for buffer in self.kept:
            ctypes.memset(buffer, 0, len(buffer))


@pytest.fixture
def laid() -> Iterator[Laid]:
    made = Laid("pci-0000.01.00.0")
    yield made
    made.wipe()


@pytest.fixture
def memory(laid: Laid) -> Iterator[Memory]:
    with Memory(os.getpid()) as opened:
        yield opened


def test_a_function_is_found_by_its_devices_name(laid: Laid, memory: Memory) -> None:
    space = functions.found(memory, device=laid.device)
    assert (space.config, space.checked, space.writable) == tuple(map(laid.at, laid.masks[:3]))
    assert functions.express(memory, space) == EXPRESS


def test_an_emulator_that_keeps_devices_otherwise_is_refused(laid: Laid, memory: Memory) -> None:
    with pytest.raises(LabError, match="0 configuration spaces of pci"):
        functions.found(memory, device="pci-0000.02.00.0")
    laid.masks[1][0] = b"\0"
    with pytest.raises(LabError, match="made for QEMU"):
        functions.found(memory, device=laid.device)


def test_a_card_is_written_and_other_bits_stay(laid: Laid, memory: Memory) -> None:
    space = functions.found(memory, device=laid.device)
    registers.write(memory, space, registers.of(CARD))
    registers.write(memory, space, registers.runs(SLOWER) | registers.slot(gen=5, width=16))
    config = bytes(laid.masks[0])
    assert struct.unpack_from("<HH", config) == (0x10DE, 0x2331)
    assert config[8:12] == b"\xa1\x00\x02\x03"
    assert struct.unpack_from("<HH", config, 0x2C) == (0x10DE, 0x1626)
    assert struct.unpack_from("<I", config, EXPRESS + 0x0C) == (0x0500_0D05,)
    assert struct.unpack_from("<H", config, EXPRESS + 0x12) == (0x0084,)


def test_a_card_that_is_gone_answers_all_ones_and_is_found_again(
    laid: Laid, memory: Memory
) -> None:
    space = functions.found(memory, device=laid.device)
    registers.write(memory, space, registers.gone())
    assert bytes(laid.masks[0])[:4] == b"\xff" * 4
    assert functions.found(memory, device=laid.device) == space


def test_a_card_gets_a_report_of_errors_where_it_had_nothing(laid: Laid, memory: Memory) -> None:
    space = functions.found(memory, device=laid.device)
    struct.pack_into("<I", laid.masks[0], 0x100, 0)
    registers.add_error_reporting(memory, space)
    assert struct.unpack_from("<I", bytes(laid.masks[0]), 0x100) == (0x10001,)


def test_access_control_is_added_once_and_may_be_written(laid: Laid, memory: Memory) -> None:
    space = functions.found(memory, device=laid.device)
    for _ in range(2):
        registers.add_access_control(memory, space)
    config, _, writable = (bytes(mask) for mask in laid.masks[:3])
    assert functions.extended(memory, space, wanted=0x000D) == (0x148, 0x148)
    assert struct.unpack_from("<I", config, 0x100) == (0x14810001,)
    assert struct.unpack_from("<IHH", config, 0x148) == (0x0001000D, 0x5F, 0)
    assert struct.unpack_from("<IHH", writable, 0x148) == (0, 0, 0x5F)
