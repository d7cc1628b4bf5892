"""What lies in a host's store: the command to ask, its parser, and what is to be done."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field

from roles.model_cache import layout
from roles.model_cache.settings import ModelCacheSettings

GIB = 1024**3
TRUSTED_SIZE = 8 * GIB
"""Larger models are not hashed at every check: 40 GB take minutes."""
TRUSTED_SECONDS = 7 * 24 * 3600
"""For so long the record of a computed checksum stands for it."""

_FORMAT = "%i %.9Y %s %a %U:%G"


@dataclass(frozen=True)
class StoredFile:
    """A file of a model in the store, and the record of its checksum."""

    identity: str = ""
    """Inode, mtime in seconds (to the nanosecond), size in bytes; empty when there is no file."""
    mode: str = ""
    owner: str = ""
    proof: str = ""
    """Record of the last computed checksum: sha256, identity, time in epoch seconds."""

    @property
    def size(self) -> int:
        """Size of the file in bytes; 0 when there is none."""
        return int(self.identity.split()[2]) if self.identity else 0


@dataclass(frozen=True)
class Stored:
    """A model in the store and what is around it."""

    files: dict[str, StoredFile] = field(default_factory=dict)
    """By path below the model's folder."""
    target: str = ""
    """What the current link says; empty when there is none."""
    versions: tuple[str, ...] = ()
    """Folders of versions, newest first."""
    used: frozenset[str] = frozenset()
    """Folders of versions that a unit, a record of what was proven good or a container names."""

    def file(self, name: str) -> StoredFile:
        """One of its files; an empty one when it is not there."""
        return self.files.get(name, StoredFile())

    @property
    def size(self) -> int:
        """Size of all its files in bytes."""
        return sum(file.size for file in self.files.values())


def command(settings: ModelCacheSettings, name: str) -> str:
    """Shell text that prints what the store has of one model: its files, its link, its versions."""
    asked = [_ask(settings, name, file) for file in settings.models[name].parts]
    current, versions = layout.current_of(settings, name), layout.versions_of(settings, name)
    return "; ".join(
        (
            *asked,
            f"echo current $(readlink -- {shlex.quote(current)})",
            f"ls -1t -- {shlex.quote(versions)} 2>/dev/null | sed 's/^/version /'",
            _used(versions),
        )
    )


def _used(versions: str) -> str:
    """Only where there is more than one version: asking Docker costs a tenth of a second."""
    at = shlex.quote(f"{re.escape(versions)}/[A-Za-z0-9._-]+")
    return (
        f"if [ $(ls -- {shlex.quote(versions)} 2>/dev/null | wc -l) -gt 1 ]; then "
        "{ cat /etc/systemd/system/*.service; grep -rhsE -- / /var/lib/infra; "
        "docker ps -aq | xargs -r docker inspect --format '{{range .Mounts}}{{println .Source}}"
        "{{end}}'; } 2>/dev/null | "
        f"grep -aoE -- {at} | sort -u | sed 's#.*/#used #'; fi"
    )


def _ask(settings: ModelCacheSettings, name: str, file: str) -> str:
    path = shlex.quote(layout.file_of(settings, name, file))
    proof = shlex.quote(layout.proof_of(settings, name, file))
    return (
        f"echo file {file} $(stat -c '{_FORMAT}' -- {path} 2>/dev/null || echo none) "
        f"$(head -n 1 -- {proof} 2>/dev/null)"
    )


def parse(lines: Sequence[str]) -> Stored:
    """Stored from the answer to `command`."""
    rows = [line.split() for line in lines if line.strip()]
    return Stored(
        files={row[1]: _file(row[2:]) for row in rows if row[0] == "file" and row[2] != "none"},
        target=next((row[1] for row in rows if row[0] == "current" and len(row) > 1), ""),
        versions=tuple(row[1] for row in rows if row[0] == "version"),
        used=frozenset(row[1] for row in rows if row[0] == "used"),
    )


def _file(words: Sequence[str]) -> StoredFile:
    return StoredFile(
        identity=" ".join(words[:3]), mode=words[3], owner=words[4], proof=" ".join(words[5:])
    )


def is_proven(found: StoredFile, *, sha256: str) -> bool:
    """Whether this very file's checksum was computed and was the promised one."""
    return bool(found.identity) and found.proof.startswith(f"{sha256} {found.identity} ")


def is_immutable(found: StoredFile) -> bool:
    """Whether nobody but root can change the file, and root not by accident."""
    return (found.mode, found.owner) == ("444", "root:root")


def proof_age(found: StoredFile, *, now: float) -> float:
    """Seconds since the checksum was computed; infinite when it never was."""
    words = found.proof.split()
    return now - float(words[4]) if len(words) == 5 else float("inf")


def needs_hashing(found: StoredFile, *, sha256: str, total: int, now: float) -> bool:
    """Whether a check must compute the checksum: unless lately proven and of a large model.

    `total` is the size of all of the model's files in bytes.
    """
    trusted = is_proven(found, sha256=sha256) and total > TRUSTED_SIZE
    return not (trusted and proof_age(found, now=now) < TRUSTED_SECONDS)


def superfluous(found: Stored, *, promised: str, keep_previous: int) -> tuple[str, ...]:
    """Versions that may go: not promised, current or in use, nor among the newest earlier ones."""
    current = found.target.rpartition("/")[2]
    earlier = [version for version in found.versions if version not in (promised, current)]
    kept = keep_previous - (current not in ("", promised))
    return tuple(version for version in earlier[max(kept, 0) :] if version not in found.used)


def leftovers_command(settings: ModelCacheSettings) -> str:
    """Shell text that prints unfinished files that nobody has written to for a day."""
    folder = shlex.quote(layout.partials(settings))
    return f"find {folder} -type f -mmin +1440 2>/dev/null || true"


def free_command(settings: ModelCacheSettings) -> str:
    """Shell text that prints the free bytes of the store's disk."""
    return f"df --output=avail -B1 {shlex.quote(settings.root)} | tail -n 1"
