"""The lab's image registry: Debian's docker-registry, under the names of the public ones."""

from collections.abc import Callable
from pathlib import Path

import yaml

from infra.lab import certificates, place, service
from infra.lab.certificates import Certificates
from infra.lab.push import Registry
from infra.lab.service import Listen, Service
from infra.lab.unpacked import unpacked

HERE = Listen(place.SERVICES_ADDRESS, 443, place.SERVICES_NAMESPACE)
REGISTRY = Registry(HERE.address, HERE.port, ca=place.CA)


def start(say: Callable[[str], None]) -> None:
    """Have the registry answer in the services' namespace, which must be up."""
    if service.start(server(certificates.ensure())):
        say(f"Image registry answers at https://{HERE.address}/v2/")


def program() -> Path:
    """The registry's program, fetched on the first call."""
    return unpacked("docker-registry") / "usr/bin/docker-registry"


def stop() -> None:
    """End the registry."""
    service.stop(_named(()))


def answering() -> bool:
    """Whether the registry answers."""
    return service.answering(_named(()))


def server(
    signed: Certificates | None,
    *,
    storage: Path = place.REGISTRY,
    at: Listen = HERE,
    home: Path = place.SERVICES,
) -> Service:
    """The registry for a storage folder; without certificates it speaks plain HTTP."""
    storage.mkdir(parents=True, exist_ok=True)
    home.mkdir(parents=True, exist_ok=True)
    text = config(signed, storage=storage, at=at)
    file = home / "registry.yml"
    file.write_text(text)
    settings = text + (signed.certificate.read_text() if signed is not None else "")
    return _named((str(program()), "serve", str(file)), settings=settings, at=at, home=home)


def config(signed: Certificates | None, *, storage: Path, at: Listen) -> str:
    """Text of docker-registry's configuration."""
    http: dict[str, object] = {"addr": f"{at.address}:{at.port}"}
    if signed is not None:
        http["tls"] = {"certificate": str(signed.certificate), "key": str(signed.key)}
    document = {
        "version": 0.1,
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(storage)},
            "cache": {"blobdescriptor": "inmemory"},
        },
        "http": http,
    }
    return yaml.safe_dump(document, sort_keys=False)


def _named(
    command: tuple[str, ...],
    *,
    settings: str = "",
    at: Listen = HERE,
    home: Path = place.SERVICES,
) -> Service:
    return Service("registry", command, at, settings=settings, home=home)
