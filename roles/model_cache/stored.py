"""What lies in a host's store: the command to ask, its parser, and what is to be done."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from roles.model_cache import layout
from roles.model_cache.settings import ModelCacheSettings

GIB = 1024**3
TRUSTED_SIZE = 8 * GIB
"""Larger files are not hashed at every check: 40 GB take minutes."""
TRUSTED_SECONDS = 7 * 24 * 3600
"""For so long the record of a computed checksum stands for it."""

_FORMAT = "%i %.9Y %s %a %U:%G"


@dataclass(frozen=True)
class Stored:
    """A model's file in the store and what is around it."""

    identity: str = ""
    """Inode, mtime in seconds (to the nanosecond), size in bytes; empty when there is no file."""
    mode: str = ""
    owner: str = ""
    proof: str = ""
    """Record of the last computed checksum: sha256, identity, time in epoch seconds."""
    target: str = ""
    """What the current link says; empty when there is none."""
    versions: tuple[str, ...] = ()
    """Folders of versions, newest first."""

    @property
    def size(self) -> int:
        """Size of the file in bytes; 0 when there is none."""
        return int(self.identity.split()[2]) if self.identity else 0


def command(settings: ModelCacheSettings, name: str) -> str:
    """Shell text that prints what the store has of one model, in five parts."""
    path = shlex.quote(layout.path_of(settings, name))
    return (
        f"stat -c '{_FORMAT}' -- {path} 2>/dev/null || echo; "
        f"head -n 1 -- {shlex.quote(layout.proof_of(settings, name))} 2>/dev/null || echo; "
        f"readlink -- {shlex.quote(layout.current_of(settings, name))} || echo; "
        f"ls -1t -- {shlex.quote(layout.versions_of(settings, name))} 2>/dev/null || true"
    )


def parse(lines: Sequence[str]) -> Stored:
    """Stored from the answer to `command`."""
    if len(lines) < 3:
        return Stored()
    words = lines[0].split()
    return Stored(
        identity=" ".join(words[:3]),
        mode=words[3] if words else "",
        owner=words[4] if words else "",
        proof=lines[1].strip(),
        target=lines[2].strip(),
        versions=tuple(line for line in lines[3:] if line),
    )


def is_proven(found: Stored, *, sha256: str) -> bool:
    """Whether this very file's checksum was computed and was the promised one."""
    return bool(found.identity) and found.proof.startswith(f"{sha256} {found.identity} ")


def is_immutable(found: Stored) -> bool:
    """Whether nobody but root can change the file, and root not by accident."""
    return (found.mode, found.owner) == ("444", "root:root")


def proof_age(found: Stored, *, now: float) -> float:
    """Seconds since the checksum was computed; infinite when it never was."""
    words = found.proof.split()
    return now - float(words[4]) if len(words) == 5 else float("inf")


def needs_hashing(found: Stored, *, sha256: str, now: float) -> bool:
    """Whether a check must compute the checksum: unless the file is large and lately proven."""
    trusted = is_proven(found, sha256=sha256) and found.size > TRUSTED_SIZE
    return not (trusted and proof_age(found, now=now) < TRUSTED_SECONDS)


def superfluous(found: Stored, *, promised: str, keep_previous: int) -> tuple[str, ...]:
    """Versions that may go: neither promised, nor current, nor among the newest earlier ones."""
    current = found.target.rpartition("/")[2]
    earlier = [version for version in found.versions if version not in (promised, current)]
    kept = keep_previous - (current not in ("", promised))
    return tuple(earlier[max(kept, 0) :])


def leftovers_command(settings: ModelCacheSettings) -> str:
    """Shell text that prints unfinished files that nobody has written to for a day."""
    folder = shlex.quote(layout.partials(settings))
    return f"find {folder} -type f -mmin +1440 2>/dev/null || true"


def free_command(settings: ModelCacheSettings) -> str:
    """Shell text that prints the free bytes of the store's disk."""
    return f"df --output=avail -B1 {shlex.quote(settings.root)} | tail -n 1"
