"""A process that lays out a device in its memory as an emulator does, tells where, and waits."""

import ctypes
import json
import struct
import sys

EXPRESS = 0x80
KEPT: list[ctypes.Array[ctypes.c_char]] = []


def aligned(size: int) -> ctypes.Array[ctypes.c_char]:
    raw = ctypes.create_string_buffer(size + 16)
    KEPT.append(raw)
    return (ctypes.c_char * size).from_buffer(raw, -ctypes.addressof(raw) % 16)


def text(words: str) -> int:
    # Large enough for the heap: Python keeps small things elsewhere
    buffer = aligned(1024)
    buffer.value = words.encode()
    return ctypes.addressof(buffer)


def laid_out(device: str) -> list[int]:
    """Addresses of a function's configuration space and of its four masks."""
    masks = [aligned(4096) for _ in range(5)]
    config, checked = masks[:2]
    struct.pack_into("<HH", config, 0, 0x1B36, 0x0010)
    config[0x34] = bytes([EXPRESS])
    struct.pack_into("<BB", config, EXPRESS, 0x10, 0)
    struct.pack_into("<I", config, EXPRESS + 0x0C, 0x0500_0C11)
    struct.pack_into("<I", config, 0x100, 0x10001)
    struct.pack_into("<I", checked, 0, 0xFFFFFFFF)
    state = aligned(2048)
    struct.pack_into("<QQ", state, 40, text(device), text(f"/machine/peripheral/{device}"))
    struct.pack_into("<5Q", state, 200, *map(ctypes.addressof, masks))
    return [ctypes.addressof(mask) for mask in masks]


if __name__ == "__main__":
    print(json.dumps(laid_out(sys.argv[1])), flush=True)
    sys.stdin.read()
