"""What the lab's hosts and services are up to, on one screen."""

from collections.abc import Sequence
from dataclasses import dataclass

from infra.lab import host, place, registry, simulated, web
from infra.lab.spec import Kind


@dataclass(frozen=True)
class HostStatus:
    """One host."""

    name: str
    state: str
    """running, stopped, or unfinished."""
    login: str
    """User and address."""
    os: str
    gpus: str
    """Its simulated cards, counted; empty without any."""
    simulated: tuple[str, ...]
    """What about it is a stand-in."""
    kind: Kind = "container"
    """What it is made with."""


@dataclass(frozen=True)
class ServiceStatus:
    """One service of the lab."""

    name: str
    state: str
    """running or stopped."""
    url: str


@dataclass(frozen=True)
class LabStatus:
    """The lab as a whole; its text is what `infra lab status` prints."""

    hosts: tuple[HostStatus, ...]
    services: tuple[ServiceStatus, ...]

    def __str__(self) -> str:
        """Hosts, services, and below them every stand-in, once."""
        hosts = [_row(each) for each in self.hosts] or [["none: `infra lab up` starts them"]]
        services = [[each.name, each.state, each.url] for each in self.services]
        return "\n".join(
            [
                *("Hosts", *_table(hosts), "", "Services", *_table(services), ""),
                *("Simulated", *_stand_ins(self.hosts)),
            ]
        )


def status() -> LabStatus:
    """The lab's hosts and services as they are now."""
    return LabStatus(
        hosts=tuple(_host(name) for name in host.names()),
        services=(
            _service("packages and models", web.answering(), f"http://{place.SERVICES_ADDRESS}/"),
            _service("image registry", registry.answering(), f"https://{place.SERVICES_ADDRESS}/"),
        ),
    )


def _host(name: str) -> HostStatus:
    made = host.made(name)
    if made is None:
        return HostStatus(name, "unfinished", "", "", "", ())
    state = "running" if host.is_running(name) else "stopped"
    login = f"{made.user}@{made.address}"
    gpus = ", ".join(simulated.cards(made))
    return HostStatus(name, state, login, made.os, gpus, simulated.of_host(made), made.kind)


def _service(name: str, running: bool, url: str) -> ServiceStatus:
    return ServiceStatus(name, "running" if running else "stopped", url)


def _row(host: HostStatus) -> list[str]:
    return [host.name, host.state, host.login, host.os, host.gpus]


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    cells = ([text.ljust(width) for text, width in zip(row, widths, strict=True)] for row in rows)
    return ["  " + "  ".join(row).rstrip() for row in cells]


def _stand_ins(hosts: Sequence[HostStatus]) -> list[str]:
    """Lines a host, those that hold for all of its kind said once."""
    known = [each for each in hosts if each.simulated]
    found = []
    kinds = sorted({each.kind for each in known})
    for kind in kinds:
        of_kind = [each for each in known if each.kind == kind]
        shared = _shared([each.simulated for each in of_kind])
        found += _block("every host" if len(kinds) == 1 else f"every {kind} host", shared)
        for each in of_kind:
            found += _block(each.name, [what for what in each.simulated if what not in shared])
    return found + _block("services", simulated.SERVED)


def _shared(texts: Sequence[Sequence[str]]) -> list[str]:
    return [what for what in texts[0] if all(what in text for text in texts)] if texts else []


def _block(title: str, lines: Sequence[str]) -> list[str]:
    return [f"  {title}", *(f"    {line}" for line in lines)] if lines else []
