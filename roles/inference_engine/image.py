"""Names of container images: for people by tag, binding by digest."""

import re
from dataclasses import dataclass

_PINNED = re.compile(
    r"^(?P<name>[a-z0-9][a-z0-9._:-]*(?:/[a-z0-9][a-z0-9._-]*)*)"
    r":(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})"
    r"@(?P<digest>sha256:[0-9a-f]{64})$"
)


@dataclass(frozen=True)
class Image:
    """A pinned image: repository with its registry, tag and digest."""

    name: str
    tag: str
    digest: str

    @property
    def pinned(self) -> str:
        """`name@digest`: what is pulled and run."""
        return f"{self.name}@{self.digest}"

    @property
    def tagged(self) -> str:
        """`name:tag`: what keeps `docker image prune` from deleting it."""
        return f"{self.name}:{self.tag}"

    @property
    def registry(self) -> str:
        """Host of the registry that it comes from."""
        first, slash, _ = self.name.partition("/")
        return first if slash and ("." in first or ":" in first) else "docker.io"


def parse(reference: str) -> Image:
    """The Image of `name:tag@sha256:…`; ValueError says what is missing."""
    found = _PINNED.match(reference)
    if found is None:
        raise ValueError(_why(reference))
    return Image(**found.groupdict())


def _why(reference: str) -> str:
    name, at, _ = reference.partition("@")
    if not at:
        return (
            f'"{reference}" has no digest, so it may change under its name; give name:tag@sha256:…'
        )
    if ":" not in name.rpartition("/")[2]:
        return f'"{reference}" has no tag for people to read; give name:tag@sha256:…'
    return f'"{reference}" is no image; give name:tag@sha256: and 64 hexadecimal digits'
