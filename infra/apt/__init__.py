"""A package repository that an inventory names: where it is and whose key signs it."""

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

_ARMOR = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
_FILE = "file:"


class AptRepository(BaseModel):
    """An apt repository: deb822 source and signing key."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    uri: str = Field(pattern=r"^https?://\S+$")
    """Base address, e.g. an internal mirror's."""
    suites: tuple[str, ...] = Field(min_length=1)
    """Suites, e.g. `noble noble-updates`; a flat repository's is `/`."""
    components: tuple[str, ...] = ()
    """Components, e.g. `main`; none for a flat repository."""
    key: str
    """The signing key, ASCII-armored, or `file:` and its path here, seen from the current folder.

    A file is read when the inventory is; the setting holds its text.
    """

    @field_validator("key")
    @classmethod
    def _is_armored(cls, key: str) -> str:
        text = _read(key.removeprefix(_FILE)) if key.startswith(_FILE) else key
        if not text.startswith(_ARMOR):
            where = f"{key}: " if key.startswith(_FILE) else ""
            raise ValueError(
                f'{where}no ASCII-armored key; give the text "{_ARMOR} …", or file: and the path '
                "of a file that begins with it"
            )
        return text

    @property
    def keyring(self) -> str:
        """Path of the key on the host: one a key, since apt refuses two for one repository."""
        return f"/etc/apt/keyrings/infra-{hashlib.sha256(self.key.encode()).hexdigest()[:12]}.asc"

    def sources(self) -> str:
        """Text of a deb822 `.sources` file."""
        lines = [
            "Types: deb",
            f"URIs: {self.uri}",
            f"Suites: {' '.join(self.suites)}",
            f"Components: {' '.join(self.components)}" if self.components else "",
            "Architectures: amd64",
            f"Signed-By: {self.keyring}",
        ]
        return "\n".join(line for line in lines if line) + "\n"

    @property
    def digest(self) -> str:
        """What changes when the repository's description does."""
        return hashlib.sha256(f"{self.sources()}{self.key}".encode()).hexdigest()[:16]


def _read(path: str) -> str:
    try:
        return Path(path).expanduser().read_text(encoding="ascii")
    except UnicodeDecodeError:
        return ""
    except (OSError, RuntimeError) as problem:
        why = getattr(problem, "strerror", None) or problem
        raise ValueError(
            f"{_FILE}{path}: {why}; fetch the repository's key into this file"
        ) from problem
