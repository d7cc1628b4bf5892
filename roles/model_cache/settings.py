"""Which models lie on a host, and where they come from."""

import hashlib
import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from infra.role import Settings

_PLAIN = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
_CHECKSUM = r"^[0-9a-f]{64}$"
_FORMS = "give file, source and sha256 for a model of one file, or files for one of several"


def _source(text: str) -> str:
    if re.fullmatch(r"/\S+", text) or re.fullmatch(r"https?://[^\s@/]+/\S+", text):
        return text
    raise ValueError(
        "give a file's address without a password (https://host/file), or its absolute path on "
        "the host"
    )


def _inside(name: str) -> str:
    if re.fullmatch(r"\w[\w.-]*(/\w[\w.-]*)*", name, re.ASCII):
        return name
    raise ValueError(
        f"\"{name}\": give a file's path below the model's folder, e.g. config.json or "
        "tokenizer/vocab.txt"
    )


Source = Annotated[str, AfterValidator(_source)]
FileName = Annotated[str, AfterValidator(_inside)]


class Part(Settings):
    """A file of a model: its source, and the checksum that it must have."""

    source: Source
    """Where it comes from: http(s) address, or absolute path on the host."""
    sha256: str = Field(pattern=_CHECKSUM)
    """Checksum of the file; nothing else enters the store."""


class ModelFile(Settings):
    """A model: one file, or a folder of several, each with source and checksum."""

    file: str | None = Field(default=None, pattern=_PLAIN)
    """Name of the only file on the host."""
    source: Source | None = None
    """Where it comes from: http(s) address, or absolute path on the host."""
    sha256: str | None = Field(default=None, pattern=_CHECKSUM)
    """Checksum of the file; nothing else enters the store."""
    files: dict[FileName, Part] | None = None
    """Several files in place of the one: source and sha256 by path below the model's folder."""
    revision: str | None = Field(default=None, pattern=_PLAIN)
    """Its revision, which names its folder; None: the checksum's first 16 digits do."""

    @model_validator(mode="after")
    def _one_form(self) -> "ModelFile":
        one = {"file": self.file, "source": self.source, "sha256": self.sha256}
        missing = [key for key, value in one.items() if value is None]
        if self.files is None and missing:
            raise ValueError(f"{' and '.join(missing)} not given; {_FORMS}")
        if self.files is not None and len(missing) < len(one):
            raise ValueError(f"files beside {', '.join(one.keys() - missing)}; {_FORMS}")
        if self.files is not None:
            _fits_in_a_folder(self.files)
        return self

    @property
    def parts(self) -> dict[str, Part]:
        """Source and checksum of each file, by its path below the model's folder."""
        if self.file is None or self.source is None or self.sha256 is None:
            return dict(self.files or {})
        return {self.file: Part(source=self.source, sha256=self.sha256)}

    @property
    def digest(self) -> str:
        """The file's checksum, or one over those of several and their names."""
        if self.sha256 is not None:
            return self.sha256
        lines = sorted(f"{name} {part.sha256}\n" for name, part in self.parts.items())
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def _fits_in_a_folder(files: dict[str, Part]) -> None:
    if not files:
        raise ValueError(f"files names none; {_FORMS}")
    for name in files:
        if any(other.startswith(f"{name}/") for other in files):
            raise ValueError(f'files: "{name}" is a file and a folder; give one another name')


class ModelCacheSettings(Settings):
    """Models that a host holds in a store of its own."""

    models: dict[Annotated[str, StringConstraints(pattern=_PLAIN)], ModelFile]
    """Models by the name under which other roles know them: one file or several each."""
    root: str = Field(default="/srv/models", pattern=r"^(/[\w.-]+)+$")
    """Folder of the store."""
    keep_previous: int = Field(default=1, ge=1)
    """How many earlier versions of a model stay, newest first; engines may still read the last."""
    stall_seconds: int = Field(default=60, ge=5)
    """How long a download may bring less than 1 KiB/s before it is begun again, in seconds."""
    keep_free_gib: float = Field(default=1.0, ge=0)
    """Space in GiB that stays free on the store's disk."""
