"""What docker says of the engine's image and of its container."""

import json
import shlex
from dataclasses import dataclass
from typing import Any

from roles.inference_engine.container import DOCKER, LABEL, MODEL_LABEL, NAME, Container
from roles.inference_engine.image import Image

_FIELDS = {
    "digest": f'index .Config.Labels "{LABEL}"',
    "running": ".State.Running",
    "paused": ".State.Paused",
    "image": ".Image",
    "reference": ".Config.Image",
    "model": f'index .Config.Labels "{MODEL_LABEL}"',
    "args": ".Config.Cmd",
    "requests": ".HostConfig.DeviceRequests",
    "ports": ".HostConfig.PortBindings",
    "network": ".HostConfig.NetworkMode",
    "log": ".HostConfig.LogConfig",
}
"""What is asked for, field by field: all of it would hold the values of secret variables."""
_ASKED = ", ".join(f'"{name}": {{{{json ({field})}}}}' for name, field in _FIELDS.items())

_UNLESS_HUNG = (
    "case $? in 124|137) echo 'Docker does not answer within 60 s; see journalctl -u docker' >&2; "
    "false;; esac"
)
"""What comes after a question: nothing known is an answer, a Docker that hangs is none."""

CONTAINER_COMMAND = (
    f"{DOCKER} container inspect --format '{{{_ASKED}}}' {NAME} 2>/dev/null; {_UNLESS_HUNG}"
)
"""Shell text that prints what docker knows of the container; nothing when it is absent."""


@dataclass(frozen=True)
class Running:
    """A container as it is."""

    digest: str
    """Its label; empty when it has none."""
    running: bool
    image_id: str
    args: tuple[str, ...]
    devices: tuple[str, ...]
    """CDI names of what it was given."""
    bindings: tuple[tuple[str, str], ...]
    """Address and port on the host of every published port."""
    network: str
    log_driver: str
    log_options: dict[str, str]
    reference: str = ""
    """Name of the image that it was made from."""
    model: str = ""
    """Name of the model that it serves; empty when its label does not say it."""


def parse_container(text: str) -> Running | None:
    """Running from the answer to CONTAINER_COMMAND; None when there is no such container."""
    return _running(json.loads(text)) if text.strip() else None


def _running(said: dict[str, Any]) -> Running:
    return Running(
        digest=said["digest"] or "",
        running=said["running"] and not said["paused"],
        image_id=said["image"],
        args=tuple(said["args"] or ()),
        devices=tuple(
            name
            for request in said["requests"] or []
            if request.get("Driver") == "cdi"
            for name in request.get("DeviceIDs") or []
        ),
        bindings=tuple(
            (one.get("HostIp", ""), one.get("HostPort", ""))
            for some in (said["ports"] or {}).values()
            for one in some
        ),
        network=said["network"],
        log_driver=said["log"]["Type"],
        log_options=dict(said["log"].get("Config") or {}),
        reference=said["reference"],
        model=said["model"] or "",
    )


def change(found: Running | None, *, promised: Container) -> str:
    """What a restart of the engine is for, in words."""
    if found is None:
        return "the engine is started"
    if found.reference != promised.image:
        return "the engine is restarted with another image"
    if found.model != promised.model:
        return "the engine is restarted with another model"
    if found.args != promised.args:
        return "the engine is restarted with other arguments"
    return "the engine is restarted"


@dataclass(frozen=True)
class PulledImage:
    """An image on the host: its id and the tags that keep it."""

    id: str
    tags: tuple[str, ...]


def image_command(image: Image) -> str:
    """Shell text that prints id and tags of a pinned image; nothing when it is not there."""
    shown = shlex.quote('{"id": {{json .Id}}, "tags": {{json .RepoTags}}}')
    asked = shlex.quote(image.pinned)
    return f"{DOCKER} image inspect --format {shown} {asked} 2>/dev/null; {_UNLESS_HUNG}"


def parse_image(text: str) -> PulledImage | None:
    """PulledImage from the answer to `image_command`; None when it is not there."""
    if not text.strip():
        return None
    found = json.loads(text)
    return PulledImage(id=found["id"], tags=tuple(found["tags"] or ()))
