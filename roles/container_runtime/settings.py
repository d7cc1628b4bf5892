"""What a host's container engine is promised to be."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from infra.apt import AptRepository
from infra.role import Settings
from roles.container_runtime import packages

OLDEST_DOCKER = (26,)
_OWN_OPTIONS = {
    "registry-mirrors": "registry_mirrors",
    "live-restore": "live_restore",
    "data-root": "data_root",
    "log-driver": "log_max_size and log_max_files",
    "log-opts": "log_max_size and log_max_files",
}


def _url(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s@/]+(/\S*)?", text):
        raise ValueError(f'"{text}": give an address without a password, e.g. https://host:5000')
    return text


class ContainerRuntimeSettings(Settings):
    """Docker and the container toolkit at exact versions, and the engine's configuration."""

    docker_version: str = Field(pattern=r"^(\d+:)?\d+\.\d+[\w.+~-]*$")
    """Docker's version, 26 or newer: complete (`26.1.5+dfsg1-9`) or its beginning (`26.1`)."""
    docker_package: Literal["docker.io", "docker-ce"] = "docker.io"
    """The distribution's packages, or those of Docker's own repository."""
    docker_repository: AptRepository | None = None
    """Where Docker's packages come from; None: from the sources that the host has."""
    gpus: bool = True
    """Whether containers get GPUs: installs the toolkit and describes the GPUs to containers."""
    allow_vulnerable_toolkit: bool = False
    """Whether a toolkit that CVE-2026-24260 lets containers break out of is accepted."""
    toolkit_version: str = Field(default="1.19.1", pattern=r"^\d+\.\d+\.\d+[\w.+~-]*$")
    """Version of the four container toolkit packages: complete (`1.19.1-1`) or its beginning."""
    toolkit_repository: AptRepository | None = None
    """Where the toolkit's packages come from; None: from the sources that the host has."""
    registry_mirrors: tuple[Annotated[str, AfterValidator(_url)], ...] = ()
    """Addresses asked for Docker Hub's images before Docker Hub is."""
    log_max_size: str = Field(default="50m", pattern=r"^[1-9]\d*[kmg]$")
    """Size at which a container's log file is rotated (k, m, g: KiB, MiB, GiB)."""
    log_max_files: int = Field(default=3, ge=1)
    """How many log files a container keeps."""
    log_buffer: str = Field(default="4m", pattern=r"^[1-9]\d*[kmg]$")
    """Memory a container for lines not written yet; when full, lines are dropped, none waits."""
    live_restore: bool = False
    """Whether containers run on while Docker restarts."""
    data_root: str | None = Field(default=None, pattern=r"^/\S+$")
    """Folder of images and containers; None: Docker's own, /var/lib/docker."""
    daemon_options: dict[str, Any] = Field(default_factory=dict)
    """More keys for /etc/docker/daemon.json, merged into what is there."""

    @field_validator("docker_version")
    @classmethod
    def _docker_knows_cdi(cls, version: str) -> str:
        if packages.numbers(version) < OLDEST_DOCKER:
            raise ValueError(f'"{version}" is older than 26, which gives containers GPUs by CDI')
        return version

    @field_validator("toolkit_version")
    @classmethod
    def _toolkit_is_safe(cls, version: str, info: ValidationInfo) -> str:
        wanted = info.data.get("gpus", True) and not info.data.get("allow_vulnerable_toolkit")
        if wanted and packages.numbers(version) < packages.SAFE:
            raise ValueError(
                f'"{version}" has CVE-2026-24260 (a container can break out): give 1.19.1 or '
                "newer, or set allow_vulnerable_toolkit to True"
            )
        return version

    @field_validator("daemon_options")
    @classmethod
    def _option_has_no_setting(cls, options: dict[str, Any]) -> dict[str, Any]:
        for option in options:
            if option in _OWN_OPTIONS:
                raise ValueError(f'"{option}" has a setting of its own: {_OWN_OPTIONS[option]}')
        return options
