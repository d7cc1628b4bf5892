"""How an image is pulled: with patience while something comes, and an end when nothing does."""

from infra import templates
from roles.inference_engine.image import Image


def script() -> str:
    """Program for bash that pulls and tags an image; its arguments are those of `arguments`."""
    return templates.render("inference_engine/pull.sh.j2")


def arguments(image: Image, *, stall_seconds: int) -> tuple[str, ...]:
    """What to pull, the tag that keeps it, the registry's name, and how long to wait."""
    return (image.pinned, image.tagged, image.registry, str(stall_seconds))
