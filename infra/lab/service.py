"""Servers that the lab runs in the background: started once, recognised later, ended by record."""

import hashlib
import os
import shutil
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from infra.lab import place, process
from infra.lab.shell import LabError

_START_SECONDS = 15
# Nothing of the caller's: docker-registry takes settings from variables
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
# Waits for a line before it becomes the server: a server that nobody recorded cannot be left behind
_AFTER_RECORD = 'read -r _ && exec "$@" </dev/null'


@dataclass(frozen=True)
class Listen:
    """Where a server listens."""

    address: str
    port: int
    namespace: str | None = None
    """Network namespace that it runs in; None is the caller's."""


@dataclass(frozen=True)
class Service:
    """A server's program and the place that tells whether it runs."""

    name: str
    command: tuple[str, ...]
    at: Listen
    settings: str = ""
    """What it is started anew for when it differs, beside its command."""
    home: Path = place.SERVICES

    @property
    def record(self) -> Path:
        """Where its process is recorded."""
        return self.home / f"{self.name}.pid"

    @property
    def log(self) -> Path:
        """What it said since its last start."""
        return self.home / f"{self.name}.log"


def start(service: Service) -> bool:
    """Have a server answer; False when it did already, with the same command and settings.

    Raises LabError with its last words when it does not come up within 15 s.
    """
    if answering(service) and _fingerprint(service) == _started_with(service):
        return False
    stop(service)
    service.home.mkdir(parents=True, exist_ok=True)
    (service.home / f"{service.name}.sha256").write_text(_fingerprint(service))
    _spawn(service)
    _await(service)
    return True


def stop(service: Service) -> None:
    """End a server that runs; nothing when it does not."""
    process.stop(service.record, timeout=5)


def answering(service: Service) -> bool:
    """Whether the recorded server lives and takes connections."""
    if not process.alive(service.record):
        return False
    try:
        socket.create_connection((service.at.address, service.at.port), timeout=1).close()
    except OSError:
        return False
    return True


def _spawn(service: Service) -> None:
    """Start the server in a session of its own, so that it outlives this command."""
    ready, go = os.pipe()
    try:
        child = os.posix_spawn(
            "/bin/sh",
            ["sh", "-c", _AFTER_RECORD, "sh", *_inside(service.at), *service.command],
            _ENVIRONMENT,
            file_actions=_streams(service, ready),
            setsid=True,
        )
        process.record(service.record, pid=child)
        os.write(go, b"\n")
    finally:
        os.close(ready)
        os.close(go)


def _streams(
    service: Service, ready: int
) -> list[tuple[int, ...] | tuple[int, int, str, int, int]]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    return [
        (os.POSIX_SPAWN_DUP2, ready, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(service.log), flags, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]


def _inside(at: Listen) -> tuple[str, ...]:
    if at.namespace is None:
        return ()
    return (shutil.which("nsenter") or "nsenter", f"--net=/run/netns/{at.namespace}")


def _await(service: Service) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not answering(service):
        if not process.alive(service.record) or time.monotonic() > deadline:
            stop(service)
            words = " / ".join(service.log.read_text(errors="replace").splitlines()[-3:])
            where = f"{service.at.address}:{service.at.port}"
            raise LabError(f"the lab's {service.name} does not answer at {where}: {words}")
        time.sleep(0.02)


def _started_with(service: Service) -> str | None:
    file = service.home / f"{service.name}.sha256"
    return file.read_text() if file.exists() else None


def _fingerprint(service: Service) -> str:
    return hashlib.sha256(
        repr((service.command, service.at, service.settings)).encode()
    ).hexdigest()
