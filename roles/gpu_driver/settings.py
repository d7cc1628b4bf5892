"""What a host's NVIDIA driver is promised to be."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from infra.apt import AptRepository
from infra.role import Settings


def _package(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", text):
        raise ValueError(f'"{text}" is no package name; give a name such as nvidia-fabricmanager')
    return text


class GpuDriverSettings(Settings):
    """One driver version from one origin, as open or proprietary kernel modules."""

    version: str
    """Exact driver version, e.g. `580.95.05`; never a branch."""
    origin: Literal["ubuntu", "debian", "nvidia"]
    """Whose packages: the archive's (`ubuntu`: its server series), or NVIDIA's repository."""
    modules: Literal["open", "proprietary"] = "open"
    """Flavour of the kernel modules."""
    cards: tuple[str, ...] = ()
    """Cards the host is promised to have, by name, e.g. `RTX 3090`, one of each product."""
    repository: AptRepository | None = None
    """Where the packages come from; None: from the sources that the host has."""
    kernel_flavour: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9.-]*$")
    """Kernel flavour of Ubuntu's prebuilt modules, e.g. `generic-hwe-24.04`; None: as found."""
    extra_packages: tuple[Annotated[str, AfterValidator(_package)], ...] = ()
    """More packages of the driver, at its version, e.g. `nvidia-fabricmanager-580`."""
    replace_held: bool = False
    """Whether driver packages that somebody else holds at another version are moved."""
    replace_foreign: bool = False
    """Whether a driver of another origin, or from a .run file, is removed for the promised one."""
    allow_mixed: bool = False
    """Whether cards that this driver does not drive may stay idle beside ones that it does."""
    hold_kernel: bool = True
    """Whether the kernel is held with the driver: its module is on disk for this one alone."""
    may_reboot: bool = True
    """Whether the host is booted anew when the loaded module is not the promised one."""
    persistence: bool = True
    """Whether nvidia-persistenced runs; when not, it is left as it is."""
    answer_seconds: int = Field(default=120, ge=1)
    """Seconds within which nvidia-smi must answer."""

    @field_validator("version")
    @classmethod
    def _version_is_exact(cls, version: str) -> str:
        if re.fullmatch(r"\d+(\.x)?", version):
            raise ValueError(f'"{version}" is a branch; give a version, e.g. 580.95.05')
        if not re.fullmatch(r"\d{3,}\.\d+(\.\d+)?", version):
            raise ValueError(f'"{version}" is no driver version; give one such as 580.95.05')
        return version
