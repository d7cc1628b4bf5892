"""Servers that the lab runs in the background: started once, recognised later, ended by record."""

import hashlib
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from infra.lab import cgroups, place, process
from infra.lab.shell import LabError

_START_SECONDS = 15


@dataclass(frozen=True)
class Listen:
    """Where a server listens."""

    address: str
    port: int
    namespace: str | None = None
    """Network namespace of the lab that it runs in; None is the caller's."""


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
    _launch(service)
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


def _launch(service: Service) -> None:
    service.log.unlink(missing_ok=True)
    command = (*_inside(service.at), *service.command)
    child = process.launch(service.record, command=command, log=service.log)
    if service.at.namespace is not None:
        # Out of the caller's groups, with which a login's or a unit's end would end it too
        cgroups.adopt(cgroups.SERVICES, pid=child)


def _inside(at: Listen) -> tuple[str, ...]:
    return () if at.namespace is None else ("nsenter", f"--net=/run/netns/{at.namespace}")


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
