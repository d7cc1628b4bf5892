"""What about the lab is a stand-in, a sentence each: nothing that it shows is proved by it."""

from collections import Counter
from collections.abc import Iterator, Sequence

from infra.lab import base, kernel, machine, place
from infra.lab.spec import LabHost

SERVED = (
    "NVIDIA packages: stand-ins under real names and versions, which drive no hardware",
    "package mirror: Debian's own packages beside the stand-ins, all signed by the lab's own key",
    f"image registry: answers as {', '.join(place.SERVICE_NAMES[2:])}, by the lab's own authority",
    "ghcr.io/ggml-org/llama.cpp: llama-server built for CPUs, under its production name",
    "ghcr.io/infra-tools/gpu-probe: prints what the simulated GPUs' data says; measures nothing",
)
"""Stand-ins that the lab serves to every host."""

_EVERY_HOST = (
    "kernel: this machine's own; kernel modules are listed, not loaded",
    "kernel parameters: all but net.* are the host's own copies, which the kernel does not follow",
    "clock: this machine's, which a host may not set; each boot has an uptime of its own",
    "first boot: a process holds dpkg's lock for some seconds, as cloud-init does",
)


_BUSES = (
    "PCI: configuration space is a file, where a program may change what a real device keeps",
    "IOMMU groups, kernel command line and kernel log: the host's own, which no kernel follows",
)


_EVERY_MACHINE = (
    "machine: emulated in software (QEMU), which neither its processor nor its firmware says",
    "PCIe: registers alone; no lane carries data, and no driver of a GPU can work",
)


def cards(host: LabHost) -> tuple[str, ...]:
    """A host's cards of each kind, counted and called simulated."""
    kinds = Counter(f"{gpu.name} {gpu.memory_mib} MiB" for gpu in host.gpus)
    return tuple(f"{count} x {kind} (simulated)" for kind, count in kinds.items())


def of_host(host: LabHost) -> tuple[str, ...]:
    """What about a host is a stand-in."""
    return _emulated(host) if host.kind == "emulated" else (*_own(host), *_EVERY_HOST)


def everywhere(hosts: Sequence[LabHost]) -> tuple[str, ...]:
    """Every stand-in of a lab with these hosts."""
    return (*(f"{host.name}: {what}" for host in hosts for what in of_host(host)), *SERVED)


def _emulated(host: LabHost) -> tuple[str, ...]:
    gpus = (f"GPUs: {each}: NVMe controllers with their ids and links" for each in cards(host))
    return (*gpus, *_EVERY_MACHINE)


def _own(host: LabHost) -> Iterator[str]:
    for count_and_card in cards(host):
        yield f"GPUs: {count_and_card}, with PCI tree and nvidia-smi"
    if host.gpus:
        yield from _BUSES
    if host.os.startswith("ubuntu"):
        yield f"system: Debian {base.suite_of(host.os)}, {host.os} in its os-release only"
    package = kernel.package(host).control
    yield f"kernel package: {package['Package']} {package['Version']}, which holds no kernel"
    if machine.is_limited():
        yield "containers: what they ask of limits and memory is cut to what this machine grants"
