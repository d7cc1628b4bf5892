"""Watches every process list of this machine, its lab hosts' among them, for secrets.

The secrets come as lines on standard input, which is then closed when the watch is to end; the
first line printed says that it watches, the last one is JSON: how many processes it saw start, how
many ended before they could be read, and every argument list that held a secret.
"""

import json
import os
import select
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

CONNECTOR, PROCESSES, LISTEN = 11, 1, 1
EXEC = 2
BETWEEN_LISTS = 0.2
"""Seconds between two readings of the whole list: an argument list may be changed later on."""


def main() -> None:
    secrets = [line for line in os.read(0, 4096).splitlines() if line]
    os.nice(-10)  # some processes live for a millisecond
    kernel = listening()
    print("watching", flush=True)
    seen, missed, hits = 0, 0, set()
    while True:
        ready, _, _ = select.select([0, kernel], [], [], BETWEEN_LISTS)
        if kernel in ready:
            for pid in started(kernel.recv(65536)):
                words = arguments(pid)
                seen, missed = seen + 1, missed + (not words)
                hits |= holding(words, secrets)
        if 0 in ready and not os.read(0, 4096):
            break
        if not ready:
            for path in Path("/proc").glob("[0-9]*"):
                hits |= holding(arguments(int(path.name)), secrets)
    print(json.dumps({"seen": seen, "missed": missed, "hits": sorted(hits)}))


def listening() -> socket.socket:
    """A socket on which the kernel tells of every program that starts."""
    kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, CONNECTOR)
    kernel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    kernel.bind((0, PROCESSES))
    asked = struct.pack("=IIIIHHI", 1, 1, 0, 0, 4, 0, LISTEN)
    kernel.send(struct.pack("=IHHII", 16 + len(asked), 3, 0, 0, os.getpid()) + asked)
    return kernel


def started(told: bytes) -> Iterator[int]:
    """Processes that run another program from now on."""
    (what,) = struct.unpack_from("=I", told, 36)
    if what == EXEC:
        yield struct.unpack_from("=I", told, 52)[0]


def arguments(pid: int) -> bytes:
    """A process's argument list; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def holding(words: bytes, secrets: list[bytes]) -> set[str]:
    """The argument list when it holds a secret."""
    found = any(secret in words for secret in secrets)
    return {words.replace(b"\0", b" ").decode(errors="replace")} if found else set()


if __name__ == "__main__":
    sys.exit(main())
