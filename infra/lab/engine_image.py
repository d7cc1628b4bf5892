"""The engine's image: made without a container engine, served under its production name."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from infra.lab import elf, engine_root, oci, place
from infra.lab.cached import cached
from infra.lab.push import Registry, push
from infra.lab.registry import REGISTRY
from infra.lab.unpacked import unpacked
from infra.lab.wheel import Wheel, extract

DECLARED = Path(__file__).with_suffix(".yaml")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Declared(BaseModel):
    """What engine_image.yaml says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    tag: str
    labels: dict[str, str]
    wheel: Wheel
    programs: str
    licenses: str
    packages: tuple[str, ...]
    applets: tuple[str, ...]
    environment: dict[str, str]


@dataclass(frozen=True)
class ImageLock:
    """An image as an inventory's lock names it."""

    reference: str
    """Name and tag."""
    digest: str
    """Digest of its manifest, sha256:…"""

    @property
    def pinned(self) -> str:
        """Name, tag and digest, as `docker pull` takes it."""
        return f"{self.reference}@{self.digest}"


def build(say: Callable[[str], None]) -> ImageLock:
    """Make the engine's image and have the lab's registry serve it, which must be up."""
    return publish(prepare(say))


def prepare(say: Callable[[str], None], *, cache: Path = place.CACHE) -> Path:
    """The engine's image as an OCI layout, made on the first call and kept; needs no network
    namespace and no registry.
    """

    def make(into: Path) -> None:
        say("Making the engine's image (once) …")
        _write(declared(), into=into, cache=cache)

    return cached(cache / "engine_image", recipe=_recipe(), make=make)


def publish(layout: Path, *, to: Registry = REGISTRY) -> ImageLock:
    """Have a registry serve the image in a layout under its production name."""
    image = declared()
    _, _, repository = image.name.partition("/")
    push(layout, repository=repository, tag=image.tag, to=to)
    return ImageLock(f"{image.name}:{image.tag}", digest=oci.manifest_of(layout)["digest"])


def declared() -> Declared:
    """The pins of the engine's image."""
    return Declared.model_validate(yaml.safe_load(DECLARED.read_text()))


def _recipe() -> str:
    code = (__file__, elf.__file__, engine_root.__file__, oci.__file__)
    return "".join(Path(file).read_text() for file in (DECLARED, *code))


def _write(image: Declared, *, into: Path, cache: Path) -> None:
    system = unpacked(*image.packages, cache=cache)
    with tempfile.TemporaryDirectory(dir=into) as folder:
        extract(image.wheel, into=Path(folder))
        tree = engine_root.tree(
            programs=Path(folder) / image.programs,
            licenses=Path(folder) / image.licenses,
            system=system,
            applets=image.applets,
        )
        zstd = unpacked("zstd", cache=cache) / "usr/bin/zstd"
        oci.write_image(tree, config=_config(image), zstd=zstd, into=into)


def _config(image: Declared) -> dict[str, object]:
    return {
        "Entrypoint": [f"/app/{engine_root.SERVER}"],
        "Env": [f"PATH={_PATH}", *(f"{name}={value}" for name, value in image.environment.items())],
        "WorkingDir": "/app",
        "Labels": image.labels,
    }
