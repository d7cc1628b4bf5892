"""The lab's file server: package mirror and model files, over HTTP with range requests."""

from collections.abc import Callable
from pathlib import Path

from infra.lab import place, service
from infra.lab.service import Listen, Service
from infra.lab.unpacked import unpacked

HERE = Listen(place.SERVICES_ADDRESS, 80, place.SERVICES_NAMESPACE)


def start(say: Callable[[str], None]) -> None:
    """Have the file server answer in the services' namespace, which must be up."""
    if service.start(server()):
        say(f"File server answers at http://{HERE.address}/")


def program() -> Path:
    """The file server's program, fetched on the first call."""
    root = unpacked("busybox-static")
    return next(path for path in (root / "bin/busybox", root / "usr/bin/busybox") if path.exists())


def stop() -> None:
    """End the file server."""
    service.stop(_named(()))


def answering() -> bool:
    """Whether the file server answers."""
    return service.answering(_named(()))


def server(*, root: Path = place.WWW, at: Listen = HERE, home: Path = place.SERVICES) -> Service:
    """The file server for a document root."""
    root.mkdir(parents=True, exist_ok=True)
    listen = ("-p", f"{at.address}:{at.port}")
    return _named((str(program()), "httpd", "-f", *listen, "-h", str(root)), at=at, home=home)


def _named(command: tuple[str, ...], *, at: Listen = HERE, home: Path = place.SERVICES) -> Service:
    return Service("file server", command, at, home=home)
