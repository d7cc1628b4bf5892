"""The probe's image: a shell that prints what the simulated GPUs would let a real probe find."""

from collections.abc import Callable
from pathlib import Path

from infra.lab import oci, place
from infra.lab.cached import cached
from infra.lab.engine_image import ImageLock
from infra.lab.oci import File, Folder, Link, Tree
from infra.lab.push import Registry, push
from infra.lab.registry import REGISTRY
from infra.lab.shell import LabError
from infra.lab.unpacked import unpacked

NAME, TAG = "ghcr.io/infra-tools/gpu-probe", "lab"
PROGRAM = Path(__file__).with_name("probe") / "python3"
"""What stands where a probe's image has its interpreter."""
_APPLETS = ("awk", "cat", "env", "grep", "id", "ls", "sh", "sleep", "timeout")
_LABELS = {
    "org.opencontainers.image.title": "gpu-probe",
    "org.opencontainers.image.description": (
        "STAND-IN of the infra lab: prints what a probe of simulated GPUs finds; measures nothing"
    ),
    "infra.lab.stand-in": "probe",
}


def prepare(say: Callable[[str], None], *, cache: Path = place.CACHE) -> Path:
    """The probe's image as an OCI layout, made on the first call and kept."""

    def make(into: Path) -> None:
        say("Making the probe's image (once) …")
        zstd = unpacked("zstd", cache=cache) / "usr/bin/zstd"
        oci.write_image(_tree(cache), config=_config(), zstd=zstd, into=into)

    recipe = "".join(Path(file).read_text() for file in (__file__, PROGRAM, oci.__file__))
    return cached(cache / "probe_image", recipe=recipe, make=make)


def publish(layout: Path, *, to: Registry = REGISTRY) -> ImageLock:
    """Have a registry serve the image in a layout under its name."""
    _, _, repository = NAME.partition("/")
    push(layout, repository=repository, tag=TAG, to=to)
    return ImageLock(f"{NAME}:{TAG}", digest=oci.manifest_of(layout)["digest"])


def _tree(cache: Path) -> Tree:
    system = unpacked("busybox-static", cache=cache)
    places = (system / folder / "busybox" for folder in ("bin", "usr/bin"))
    busybox = next((place for place in places if place.exists()), None)
    if busybox is None:
        raise LabError("busybox-static brings no busybox")
    return {
        "bin/busybox": File(busybox, mode=0o755),
        **{f"bin/{applet}": Link("busybox") for applet in _APPLETS},
        "usr/bin/python3": File(PROGRAM, mode=0o755),
        "etc/passwd": File(b"root:x:0:0:root:/root:/bin/sh\n"),
        "root": Folder(0o700),
        "tmp": Folder(0o1777),
    }


def _config() -> dict[str, object]:
    path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {"Cmd": ["python3"], "Env": [path], "WorkingDir": "/", "Labels": _LABELS}
