"""The secrets of an inventory as a timer can have them: nobody is there to give any at night."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from infra import secrets
from infra.mistakes import Mistake
from infra.site import Site


def credentials(site: Site, given: Mapping[str, Path], *, folder: Path) -> dict[str, Path]:
    """Where each `credential:` of a site lies: where it is `given`, else in a folder."""
    names = (
        reference.partition(":")[2]
        for _, _, reference in _references(site)
        if reference.startswith("credential:")
    )
    return {name: given.get(name, folder / name) for name in names}


def strangers(site: Site, given: Mapping[str, Path]) -> tuple[str, ...]:
    """Names that were given a file, and that nothing in a site refers to."""
    return tuple(sorted(given.keys() - credentials(site, given, folder=Path()).keys()))


def mistakes(site: Site, found: Mapping[str, Path]) -> tuple[Mistake, ...]:
    """What would be missing at night, each with what to do; `found` is what `credentials` says."""
    told = (
        Mistake(str(site.file), sentence, host, key)
        for host, key, reference in _references(site)
        if (sentence := _missing(reference, found)) is not None
    )
    return tuple(dict.fromkeys(told))


def without_key(site: Site) -> tuple[str, ...]:
    """Nodes that name no `ssh_key`: at night no agent offers one."""
    return tuple(node.name for node in site.nodes if not node.connection.get("ssh_key"))


def _references(site: Site) -> Iterator[tuple[str, str, str]]:
    for node in site.nodes:
        settings = {role: dict(kept) for role, kept in node.settings.items()}
        for key, reference in secrets.references({**node.connection, **settings}):
            yield node.name, key, reference


def _missing(reference: str, found: Mapping[str, Path]) -> str | None:
    scheme, _, name = reference.partition(":")
    if scheme == "env":
        to = f'"credential:{name}", which systemd hands over, or "file:/path"'
        return f"{reference} is not set at night; refer to it as {to}"
    if scheme == "credential":
        return _unfit(reference, found[name])
    if scheme == "file":
        try:
            secrets.read(reference)
        except secrets.SecretError as problem:
            return str(problem)
    return None


def _unfit(reference: str, path: Path) -> str | None:
    """A credential's file is looked at, not read: systemd reads it."""
    try:
        mode = path.stat().st_mode
    except OSError as problem:
        do = f"put the secret there (mode 600), or name its file: --credential {path.name}=/path"
        return f"{reference}: {path}: {problem.strerror}; {do}"
    if mode & 0o077:
        return f"{reference}: others may read {path} (mode {mode & 0o777:o}); chmod 600 {path}"
    return None if os.access(path, os.R_OK) else f"{reference}: {path} cannot be read"
