"""What the lab's hosts and services are up to, and what about them is a stand-in."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from infra.lab import base, host, machine, place, registry, web
from infra.lab.spec import LabHost

SERVED = (
    "NVIDIA packages: stand-ins under real names and versions, signed by the lab's own key",
    "ghcr.io/ggml-org/llama.cpp: llama-server built for CPUs, under its production name",
)
"""Stand-ins that the lab serves to every host."""


@dataclass(frozen=True)
class HostStatus:
    """One host."""

    name: str
    state: str
    """running, stopped, or unfinished."""
    address: str
    os: str
    simulated: tuple[str, ...]
    """What about it is a stand-in."""


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
        """A line a host and service, stand-ins below."""
        rows = [(host.name, host.state, host.address, host.os) for host in self.hosts]
        rows += [(service.name, service.state, service.url, "") for service in self.services]
        stand_ins = [f"{host.name}: {what}" for host in self.hosts for what in host.simulated]
        stand_ins += SERVED
        return "\n".join([*_table(rows), "", "Stand-ins:", *(f"  {what}" for what in stand_ins)])


def status() -> LabStatus:
    """The lab's hosts and services as they are now."""
    return LabStatus(
        hosts=tuple(_host(name) for name in host.names()),
        services=(
            _service("packages and models", web.answering(), f"http://{place.SERVICES_ADDRESS}/"),
            _service("image registry", registry.answering(), f"https://{place.SERVICES_ADDRESS}/"),
        ),
    )


def simulated(lab_host: LabHost) -> tuple[str, ...]:
    """What about a host is a stand-in."""
    cards = Counter(f"{gpu.name}, {gpu.memory_mib} MiB" for gpu in lab_host.gpus)
    found = [f"{count} simulated GPUs: {name}" for name, count in cards.items()]
    if lab_host.os.startswith("ubuntu"):
        system = f"Debian {base.suite_of(lab_host.os)}"
        found.append(f"{lab_host.os} in its os-release only: the system is {system}")
    if machine.is_limited():
        found.append("what containers ask of limits and memory is cut to what this machine grants")
    return (*found, "kernel: this machine's own; kernel modules are listed, not loaded")


def all_simulated(hosts: Sequence[LabHost]) -> tuple[str, ...]:
    """Every stand-in of a lab with these hosts."""
    return (*(f"{each.name}: {what}" for each in hosts for what in simulated(each)), *SERVED)


def _host(name: str) -> HostStatus:
    made = host.made(name)
    if made is None:
        return HostStatus(name, "unfinished", "", "", ())
    state = "running" if host.is_running(name) else "stopped"
    return HostStatus(name, state, made.address, made.os, simulated(made))


def _service(name: str, running: bool, url: str) -> ServiceStatus:
    return ServiceStatus(name, "running" if running else "stopped", url)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return ["The lab is down"]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    cells = ([text.ljust(width) for text, width in zip(row, widths, strict=True)] for row in rows)
    return ["  ".join(row).rstrip() for row in cells]
