"""Running containers that were given GPUs, and the text of commands to ask them."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from roles.container_runtime.daemon import DOCKER

LIST_COMMAND = (
    f"{DOCKER} ps -q --no-trunc | xargs -r {DOCKER} inspect --format "
    "'{{.Id}} {{json .HostConfig.DeviceRequests}}'"
)
"""Shell text that prints each running container's id and the devices it asked for."""
_MARK = "--- reloaded"


@dataclass(frozen=True)
class GpuContainer:
    """A running container: its id, and the CDI devices it asked for (`all`, an index, a UUID)."""

    id: str
    devices: tuple[str, ...]


def parse_list(lines: Sequence[str]) -> tuple[GpuContainer, ...]:
    """Running containers that asked for GPUs by CDI, from the answer to `LIST_COMMAND`."""
    found = []
    for line in lines:
        container, _, text = line.partition(" ")
        asked = [request for request in json.loads(text or "null") or []]
        ids = [name for request in asked for name in request.get("DeviceIDs") or []]
        devices = tuple(name.partition("=")[2] for name in ids if name.startswith("nvidia.com/gpu"))
        if devices:
            found.append(GpuContainer(id=container, devices=devices))
    return tuple(found)


def seen_command(container: str) -> str:
    """Shell text that prints the GPUs that a running container sees."""
    return f"{DOCKER} exec {shlex.quote(container)} nvidia-smi -L 2>&1"


def trial_command(image: str) -> str:
    """Shell text that prints the GPUs that a new container of a local image sees."""
    return (
        "timeout -k 5 180 docker run --rm --pull never --network none --device nvidia.com/gpu=all "
        f"--entrypoint nvidia-smi {shlex.quote(image)} -L 2>&1"
    )


IMAGE_COMMAND = f"{DOCKER} image ls -q --no-trunc | head -n 1"
"""Shell text that prints the id of an image that is on the host."""


def reload_command(containers: Sequence[GpuContainer]) -> str:
    """Shell text that prints what containers see before and after systemd reads its units anew."""
    ask = "; ".join(
        f"{DOCKER} exec {shlex.quote(container.id)} nvidia-smi -L 2>&1; echo {container.id[:12]}=$?"
        for container in containers
    )
    return f"{ask}; systemctl daemon-reload; echo '{_MARK}'; {ask}"


def parse_reload(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """What was seen before and after, from the answer to `reload_command`."""
    at = lines.index(_MARK) if _MARK in lines else len(lines)
    return list(lines[:at]), list(lines[at + 1 :])
