"""What a host's CUDA toolkit is promised to be."""

import re

from pydantic import field_validator

from infra.apt import AptRepository
from infra.role import Settings


class CudaToolkitSettings(Settings):
    """One toolkit version from NVIDIA's repository."""

    version: str
    """Exact version of the toolkit, e.g. `12.9.1`."""
    repository: AptRepository | None = None
    """Where the packages come from; None: from the sources that the host has."""
    link: bool = True
    """Whether /usr/local/cuda leads to this version."""

    @field_validator("version")
    @classmethod
    def _version_is_exact(cls, version: str) -> str:
        if not re.fullmatch(r"\d+\.\d+\.\d+", version):
            raise ValueError(f'"{version}" is no toolkit version; give one such as 12.9.1')
        return version
