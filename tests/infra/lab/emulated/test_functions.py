"""Finds what another process laid out in its memory as an emulator lays it out."""

import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.lab.emulated import functions, registers
from infra.lab.emulated.memory import Memory
from infra.lab.pci import Function, Link
from infra.lab.shell import LabError

DEVICE = "pci-0000.01.00.0"
EXPRESS = 0x80
CARD = Function("0000:01:00.0", 0x10DE, 0x2331, 0x030200, (0x10DE, 0x1626), revision=0xA1)
SLOWER = Link(gen=4, max_gen=5, width=8, max_width=16)


@dataclass
class Laid:
    """Addresses of a function's configuration space and masks in a process of its own."""

    memory: Memory
    masks: list[int]

    def read(self, mask: int) -> bytes:
        return self.memory.read(self.masks[mask], 4096)


@pytest.fixture
def laid() -> Iterator[Laid]:
    program = [sys.executable, str(Path(__file__).with_name("laid_out.py")), DEVICE]
    with subprocess.Popen(
        program, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        masks = json.loads(process.stdout.readline())
        with Memory(process.pid) as memory:
            yield Laid(memory, masks)


@pytest.fixture
def memory(laid: Laid) -> Memory:
    return laid.memory


def test_a_function_is_found_by_its_devices_name(laid: Laid, memory: Memory) -> None:
    space = functions.found(memory, device=DEVICE)
    assert (space.config, space.checked, space.writable) == tuple(laid.masks[:3])
    assert functions.express(memory, space) == EXPRESS


def test_an_emulator_that_keeps_devices_otherwise_is_refused(laid: Laid, memory: Memory) -> None:
    with pytest.raises(LabError, match="0 configuration spaces of pci"):
        functions.found(memory, device="pci-0000.02.00.0")
    memory.write(laid.masks[1], b"\0")
    with pytest.raises(LabError, match="made for QEMU"):
        functions.found(memory, device=DEVICE)


def test_a_card_is_written_and_other_bits_stay(laid: Laid, memory: Memory) -> None:
    space = functions.found(memory, device=DEVICE)
    registers.write(memory, space, registers.of(CARD))
    registers.write(memory, space, registers.runs(SLOWER) | registers.slot(gen=5, width=16))
    config = laid.read(0)
    assert struct.unpack_from("<HH", config) == (0x10DE, 0x2331)
    assert config[8:12] == b"\xa1\x00\x02\x03"
    assert struct.unpack_from("<HH", config, 0x2C) == (0x10DE, 0x1626)
    assert struct.unpack_from("<I", config, EXPRESS + 0x0C) == (0x0500_0D05,)
    assert struct.unpack_from("<H", config, EXPRESS + 0x12) == (0x0084,)


def test_a_card_that_is_gone_answers_all_ones_and_is_found_again(
    laid: Laid, memory: Memory
) -> None:
    space = functions.found(memory, device=DEVICE)
    registers.write(memory, space, registers.gone())
    assert laid.read(0)[:4] == b"\xff" * 4
    assert functions.found(memory, device=DEVICE) == space


def test_a_card_gets_a_report_of_errors_where_it_had_nothing(laid: Laid, memory: Memory) -> None:
    space = functions.found(memory, device=DEVICE)
    memory.write(laid.masks[0] + 0x100, bytes(4))
    registers.add_error_reporting(memory, space)
    assert struct.unpack_from("<I", laid.read(0), 0x100) == (0x10001,)


def test_access_control_is_added_once_and_may_be_written(laid: Laid, memory: Memory) -> None:
    space = functions.found(memory, device=DEVICE)
    for _ in range(2):
        registers.add_access_control(memory, space)
    config, writable = laid.read(0), laid.read(2)
    assert functions.extended(memory, space, wanted=0x000D) == (0x148, 0x148)
    assert struct.unpack_from("<I", config, 0x100) == (0x14810001,)
    assert struct.unpack_from("<IHH", config, 0x148) == (0x0001000D, 0x5F, 0)
    assert struct.unpack_from("<IHH", writable, 0x148) == (0, 0, 0x5F)
