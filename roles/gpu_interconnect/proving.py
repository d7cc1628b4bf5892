"""The program that measures a host: what it is given, and its text."""

from collections.abc import Sequence

from infra import templates
from roles.gpu_interconnect import evidence, grants, links, record, state
from roles.inference_engine import unit
from roles.inference_engine.image import Image

SPARE_SECONDS = 900
"""Besides the probe's own time: for an engine to stop, and nvidia-smi twice to look long."""


def script() -> str:
    """Program for sh that measures and records; its arguments are those of `arguments`."""
    return templates.render(
        "gpu_interconnect/prove.sh.j2",
        folder=record.FOLDER,
        measured=record.MEASURED,
        container=record.CONTAINER,
        program=record.PROGRAM,
        engine=unit.UNIT,
        mark=evidence.MARK,
        state=state.COMMAND,
        links=links.COMMAND,
        grants=grants.COMMAND,
    )


def arguments(
    image: Image, *, seconds: int, groups: Sequence[Sequence[int]], digest: str
) -> tuple[str, ...]:
    """What is run, for how long, with which groups of GPUs besides all, as which probe."""
    named = ":".join(",".join(str(gpu) for gpu in group) for group in groups)
    return (image.pinned, str(seconds), named, digest)
