"""What driver is loaded, on disk and in user space, from what kernel and tools print."""

import re
from dataclasses import dataclass

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SMI = f"env -u LD_LIBRARY_PATH {PATH} nvidia-smi"
"""nvidia-smi without a stray library path, which would show another library's version."""
SMI_COMMAND = f"{SMI} --query-gpu=driver_version,pci.bus_id --format=csv,noheader 2>&1"
"""Shell text that prints a driver version and a PCI address for each card."""

_REASONS = (
    ("Driver/library version mismatch", "the loaded module is not the library's; reboot"),
    ("couldn't communicate with the NVIDIA driver", "no module is loaded"),
    ("couldn't find libnvidia-ml", "the driver's user space is not installed"),
    ("No such file or directory", "nvidia-smi is not installed; deploy this host"),
    ("No devices were found", "the module drives no card; see dmesg for its flavour or branch"),
    ("GPU is lost", "a card fell off the bus; reboot, then reseat it"),
)


@dataclass(frozen=True)
class Module:
    """A kernel module: its driver version, and `open` or `proprietary`."""

    version: str
    flavour: str

    def __str__(self) -> str:
        """Version and flavour for a sentence."""
        return f"{self.version} ({self.flavour})"


@dataclass(frozen=True)
class Answer:
    """What nvidia-smi says: a driver version for each card's PCI address, or why not."""

    cards: dict[str, str]
    problem: str | None = None


def loaded(text: str) -> Module | None:
    """The loaded module from /proc/driver/nvidia/version; None when the text is not of it."""
    match = re.search(r"NVRM version:.*?Kernel Module.*?\s(\d+\.\d+(?:\.\d+)?)\s", f"{text}\n")
    if match is None:
        return None
    return Module(
        version=match[1], flavour="open" if "Open Kernel Module" in text else "proprietary"
    )


def on_disk(version: str, *, license_: str) -> Module | None:
    """The module on disk from modinfo's version and license; None when there is none.

    NVIDIA's open modules are "Dual MIT/GPL", its proprietary ones "NVIDIA".
    """
    if not version:
        return None
    return Module(version=version, flavour="open" if "GPL" in license_ else "proprietary")


def library(path: str) -> str | None:
    """The driver version in the path of its management library; None when it names none."""
    match = re.search(r"\.so\.(\d{3,}\.\d+(?:\.\d+)?)$", path)
    return match[1] if match is not None else None


def smi(text: str) -> Answer:
    """The answer to SMI_COMMAND; rows may be mixed with errors about other cards."""
    rows = re.findall(r"^(\d+\.\d+(?:\.\d+)?), ([0-9A-Fa-f:.]+)\s*$", text, re.MULTILINE)
    cards = {_address(bus): version for version, bus in rows}
    said = " ".join(line for line in text.splitlines() if not re.match(r"\d+\.\d+", line)).strip()
    if said or not cards:
        return Answer(cards=cards, problem=_explained(said))
    return Answer(cards=cards)


def disagreement(
    *, loaded: Module | None, disk: Module | None, user_space: str | None
) -> str | None:
    """What is wrong between the three places a driver lives in, and what mends it; None: nothing.

    Loaded against disk asks for a reboot; disk against user space is a broken installation.
    """
    if disk is None:
        return "no kernel module on disk for the running kernel; see dkms status"
    if user_space is not None and user_space != disk.version:
        return f"user space is {user_space}, the module on disk {disk}; the installation is broken"
    if loaded is None:
        return f"no module is loaded, {disk} is on disk; reboot"
    if loaded != disk:
        return f"{loaded} is loaded, {disk} is on disk; reboot"
    return None


def _address(bus: str) -> str:
    """An address as sysfs writes it; nvidia-smi's domain has eight digits."""
    domain, _, rest = bus.lower().partition(":")
    return f"{domain[-4:]}:{rest}"


def _explained(said: str) -> str:
    why = next((reason for words, reason in _REASONS if words in said), None)
    first = said or "nvidia-smi says nothing"
    return f"{first} ({why})" if why else first
