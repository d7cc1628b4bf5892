"""What an engine's container may do on its host, and what of it it does not need."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from roles.inference_engine.container import DOCKER, NAME, Container

_FIELDS = {
    "privileged": ".HostConfig.Privileged",
    "added": ".HostConfig.CapAdd",
    "dropped": ".HostConfig.CapDrop",
    "security": ".HostConfig.SecurityOpt",
    "read_only": ".HostConfig.ReadonlyRootfs",
    "pid": ".HostConfig.PidMode",
    "ipc": ".HostConfig.IpcMode",
    "devices": ".HostConfig.Devices",
    "user": ".Config.User",
    "mounts": ".Mounts",
}
_ASKED = ", ".join(f'"{name}": {{{{json {field}}}}}' for name, field in _FIELDS.items())
COMMAND = f"{DOCKER} container inspect --format {shlex.quote(f'{{{_ASKED}}}')} {NAME}"
"""Shell text that prints what the engine's container may do."""


@dataclass(frozen=True)
class Mount:
    """A folder, file or volume of the host in a container."""

    source: str
    """Its path on the host; a volume's name."""
    inside: str
    writable: bool


def faults(text: str, *, promised: Container) -> list[str]:
    """Sentences on what a container may do beyond what is promised, from the answer to COMMAND."""
    said: Mapping[str, Any] = json.loads(text)
    return [*_powers(said), *_root(said, promised), *_mounts(said, promised)]


def _powers(said: Mapping[str, Any]) -> Iterator[str]:
    if said["privileged"]:
        yield "is privileged"
    if said["added"] or [one.upper() for one in said["dropped"] or []] != ["ALL"]:
        yield "has capabilities"
    security = said["security"] or []
    if not any(one.split("=")[0].split(":")[0] == "no-new-privileges" for one in security):
        yield "can gain privileges"
    yield from (f"has {one} in it" for one in security if one.endswith("unconfined"))
    for space in ("pid", "ipc"):
        if said[space] == "host":
            yield f"shares the host's {space} namespace"
    if said["devices"]:
        yield "has devices that are not given by CDI"


def _root(said: Mapping[str, Any], promised: Container) -> Iterator[str]:
    if promised.read_only and not said["read_only"]:
        yield "can write to its root"
    if promised.user is not None and said["user"] != promised.user:
        yield f"runs as {said['user'] or 'the image wants'}, promised {promised.user}"


def _mounts(said: Mapping[str, Any], promised: Container) -> Iterator[str]:
    known = {Mount(source, inside, writable=False) for source, inside in promised.mounts}
    known |= {Mount(name, inside, writable=True) for name, inside in promised.caches}
    for one in said["mounts"] or []:
        source = one["Name"] if one["Type"] == "volume" else one["Source"]
        found = Mount(source, one["Destination"], writable=one["RW"])
        if found not in known:
            yield f"has {found.source} at {found.inside}{', writable' if found.writable else ''}"
