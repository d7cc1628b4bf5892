"""Package sources: which files are the distribution's, and what apt makes of them all."""

import re
import shlex
from dataclasses import dataclass
from pathlib import PurePosixPath

NAME = "infra-distribution"
PATH = f"/etc/apt/sources.list.d/{NAME}.sources"
SUFFIX = ".disabled-by-infra"
SET_ASIDE = r"\.disabled-by-infra$"
"""What apt passes over without a word."""

_DISTRIBUTION_FILES = ("sources.list", "debian.sources", "ubuntu.sources")
_DISTRIBUTION_KEY = re.compile(
    r"signed-by\s*[:=]\s*/usr/share/keyrings/(debian|ubuntu)-archive-", re.IGNORECASE
)
_DISTRIBUTIONS = ("Debian", "Debian Backports", "Ubuntu")
_OURS = "infra-"
_ACTIVE = re.compile(r"^(deb\s|URIs\s*:)", re.IGNORECASE | re.MULTILINE)
_DISABLED = re.compile(r"^Enabled\s*:\s*no\b", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class SourceFile:
    """A file among apt's sources: path and text."""

    path: str
    text: str

    @property
    def is_distribution(self) -> bool:
        """Whether apt takes the distribution's packages from it, by its name or its key."""
        at = PurePosixPath(self.path)
        if at.suffix not in (".list", ".sources") or at.name.startswith(_OURS):
            return False
        known = at.name in _DISTRIBUTION_FILES or _DISTRIBUTION_KEY.search(self.text) is not None
        return known and any(_is_active(stanza) for stanza in re.split(r"\n\s*\n", self.text))


def _is_active(stanza: str) -> bool:
    return _ACTIVE.search(stanza) is not None and _DISABLED.search(stanza) is None


_NO_PASSWORD = "s#://[^/@ ]*@#://#g"
COMMAND = (
    "for f in /etc/apt/sources.list /etc/apt/sources.list.d/* /etc/apt/sources.list.*; do "
    'if [ -f "$f" ]; then echo "file $f"; '
    f"sed 's/^/ /; {_NO_PASSWORD}' \"$f\"; fi; done"
)
"""Shell text that prints the files among apt's sources, those set aside included.

An address in them may hold a password; that is left out.
"""


def parse(lines: list[str]) -> tuple[SourceFile, ...]:
    """Files from the answer to `COMMAND`."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("file "):
            found[line.removeprefix("file ")] = []
        elif found:
            found[next(reversed(found))].append(line[1:])
    return tuple(SourceFile(path, "\n".join(text)) for path, text in found.items())


def set_aside_steps(files: tuple[SourceFile, ...]) -> list[str]:
    """Shell commands that rename the distribution's files, so that the mirror serves alone."""
    return [
        f"mv -f {shlex.quote(file.path)} {shlex.quote(file.path + SUFFIX)}"
        for file in files
        if file.is_distribution
    ]


def restore_steps(files: tuple[SourceFile, ...]) -> list[str]:
    """Shell commands that bring the host's own files back where a mirror was promised earlier."""
    paths = {file.path for file in files}
    originals = [path.removesuffix(SUFFIX) for path in sorted(paths) if path.endswith(SUFFIX)]
    back = [
        f"mv -f {shlex.quote(path + SUFFIX)} {shlex.quote(path)}"
        for path in originals
        if path not in paths
    ]
    ours = [f"rm -f {PATH} /var/lib/infra/apt/{NAME}"] if PATH in paths else []
    return back + ours


TARGETS_COMMAND = (
    "apt-get indextargets --format '$(SOURCESENTRY) $(REPO_URI) $(ORIGIN)' 'Created-By: Packages' "
    f"| sed '{_NO_PASSWORD}'"
)
"""Shell text that prints file, address and origin of every package list that apt uses."""


@dataclass(frozen=True)
class Target:
    """A package list that apt uses: its source file's name, its address, who it says it is from."""

    file: str
    uri: str
    origin: str


def parse_targets(lines: list[str]) -> tuple[Target, ...]:
    """Package lists from the answer to `TARGETS_COMMAND`."""
    rows = (line.split(" ", 2) for line in lines if line.startswith("/"))
    return tuple(
        Target(file=PurePosixPath(entry.rpartition(":")[0]).name, uri=uri, origin=origin)
        for entry, uri, origin in rows
    )


def strays(targets: tuple[Target, ...], *, files: tuple[SourceFile, ...]) -> list[str]:
    """What offers the distribution's packages beside the mirror, fetched or still to be fetched.

    A list that names the distribution as its origin counts as well, whatever its file is called.
    """
    named = [
        f"{target.uri} ({target.file})"
        for target in targets
        if target.origin in _DISTRIBUTIONS and not target.file.startswith(_OURS)
    ]
    return list(dict.fromkeys([*named, *(file.path for file in files if file.is_distribution)]))
