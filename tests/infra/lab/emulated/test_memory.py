import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.lab.emulated.memory import Memory, ranges
from infra.lab.shell import LabError

MAPS = """\
55d0c0000000-55d0c0100000 r--p 00000000 fe:00 1234 /usr/bin/qemu-system-x86_64
55d0c1000000-55d0c1800000 rw-p 00000000 00:00 0                          [heap]
7f0000000000-7f0000021000 rw-p 00000000 00:00 0 
7f1000000000-7f1040000000 rw-p 00000000 00:00 0 
7f2000000000-7f2000100000 rwxp 00000000 00:00 0 
7f3000000000-7f3000100000 rw-p 00000000 fe:00 99 /usr/lib/libc.so.6
7ffe00000000-7ffe00021000 rw-p 00000000 00:00 0                          [stack]
"""


def test_the_heap_is_searched_and_the_hosts_memory_is_not() -> None:
    assert ranges(MAPS) == ((0x55D0C1000000, 0x800000),)


def test_what_is_found_can_be_read_and_written() -> None:
    program = [sys.executable, str(Path(__file__).with_name("laid_out.py")), "a-device"]
    with subprocess.Popen(
        program, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stdout.readline()
        with Memory(process.pid) as memory:
            (place,) = memory.places(b"/machine/peripheral/a-device\0", alignment=16)
            memory.write(place, b"FOUND")
            assert memory.read(place, 16) == b"FOUNDine/periphe"


def test_nothing_is_read_where_nothing_is() -> None:
    with Memory(os.getpid()) as memory:
        assert memory.read(0, 8) == b""
        assert memory.word(0) == 0
        assert not memory.holds(0)
        with pytest.raises(LabError, match="cannot write"):
            memory.write(0, b"x")
