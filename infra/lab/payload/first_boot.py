#!/usr/bin/python3
"""Holds dpkg's lock for a few seconds, as a cloud host does while cloud-init installs packages."""

import fcntl
import os
import socket
import time
from pathlib import Path

SECONDS = 4
DONE = Path("/var/lib/lab/first-boot")


def main() -> None:
    """Take the lock, let the boot go on, give the lock back, remember that it was done."""
    with open("/var/lib/dpkg/lock-frontend", "a") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        _tell_systemd(b"READY=1")
        time.sleep(SECONDS)
    DONE.parent.mkdir(exist_ok=True)
    DONE.touch()


def _tell_systemd(state: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.sendto(state, os.environ["NOTIFY_SOCKET"].replace("@", "\0", 1))


main()
