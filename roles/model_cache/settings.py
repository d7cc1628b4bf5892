"""Which models lie on a host, and where they come from."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from infra.role import Settings

_PLAIN = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


def _source(text: str) -> str:
    if re.fullmatch(r"/\S+", text) or re.fullmatch(r"https?://[^\s@/]+/\S+", text):
        return text
    raise ValueError(
        "give a file's address without a password (https://host/file), or its absolute path on "
        "the host"
    )


class ModelFile(Settings):
    """One model file: its name, its source, and the checksum that it must have."""

    file: str = Field(pattern=_PLAIN)
    """Name of the file on the host."""
    source: Annotated[str, AfterValidator(_source)]
    """Where it comes from: http(s) address, or absolute path on the host."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Checksum of the file; nothing else enters the store."""
    revision: str | None = Field(default=None, pattern=_PLAIN)
    """Its revision, which names its folder; None: the checksum's first 16 digits do."""


class ModelCacheSettings(Settings):
    """Model files that a host holds in a store of its own."""

    models: dict[Annotated[str, StringConstraints(pattern=_PLAIN)], ModelFile]
    """Model files by the name under which other roles know them."""
    root: str = Field(default="/srv/models", pattern=r"^(/[\w.-]+)+$")
    """Folder of the store."""
    keep_previous: int = Field(default=1, ge=1)
    """How many earlier versions of a model stay, newest first; engines may still read the last."""
    keep_free_gib: float = Field(default=1.0, ge=0)
    """Space in GiB that stays free on the store's disk."""
