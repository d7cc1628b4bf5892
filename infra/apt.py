"""A package repository that an inventory names: where it is and whose key signs it."""

import hashlib

from pydantic import BaseModel, ConfigDict, Field


class AptRepository(BaseModel):
    """An apt repository: deb822 source and signing key, by value."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    uri: str = Field(pattern=r"^https?://\S+$")
    """Base address, e.g. an internal mirror's."""
    suites: tuple[str, ...] = Field(min_length=1)
    """Suites, e.g. `noble noble-updates`; a flat repository's is `/`."""
    components: tuple[str, ...] = ()
    """Components, e.g. `main`; none for a flat repository."""
    key: str = Field(pattern=r"^-----BEGIN PGP PUBLIC KEY BLOCK-----")
    """The signing key, ASCII-armored."""

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
