"""The lock that `infra lab up` writes beside an inventory: what the lab made, by digest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml

from infra.files import write_atomic
from infra.lab.engine_image import ImageLock
from infra.lab.files import ModelFile
from infra.lab.mirror import Mirror


@dataclass(frozen=True)
class Made:
    """All that the lab built or serves."""

    mirror: Mirror
    images: Mapping[str, ImageLock]
    models: Sequence[ModelFile]
    simulated: Sequence[str]


def content(made: Made) -> dict[str, Any]:
    """What the lock says, without the time."""
    mirror = made.mirror
    return {
        "images": {name: image.pinned for name, image in made.images.items()},
        "models": {short_name(model.name): _model(model) for model in made.models},
        "apt": {
            suite: {"uri": uri, "key": mirror.key_armored}
            for suite, uri in mirror.url_by_suite.items()
        },
        "packages": {name: list(versions) for name, versions in mirror.versions.items()},
        "simulated": list(made.simulated),
    }


def write(path: Path, made: Made) -> None:
    """Write the lock, unless it says the same already."""
    fresh = content(made)
    if _without_time(path) != fresh:
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        write_atomic(path, yaml.safe_dump({"made": now, **fresh}, sort_keys=False))


def short_name(file_name: str) -> str:
    """A model's name in a lock, from its file's: SmolLM2-135M-Instruct.Q4_1.gguf, smollm2-135m."""
    return file_name.partition(".")[0].lower().removesuffix("-instruct")


def _model(model: ModelFile) -> Mapping[str, Any]:
    return {"file": model.name, "url": model.url, "sha256": model.sha256, "size": model.size}


def _without_time(path: Path) -> Mapping[str, Any] | None:
    try:
        found = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError):
        return None
    if not isinstance(found, dict):
        return None
    return {key: value for key, value in found.items() if key != "made"}
