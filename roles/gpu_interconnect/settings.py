"""Settings of gpu_interconnect."""

import re
from typing import Annotated

from pydantic import Field, field_validator

from infra.role import Settings
from roles.inference_engine import image
from roles.inference_engine.settings import InferenceEngineSettings

_KIND = re.compile(r"PIX|PXB|PHB|NODE|SYS|NV[1-9][0-9]?")


class GpuInterconnectSettings(Settings):
    """How the way between the GPUs is proven, and what is asked of it."""

    probe_image: str | None = None
    """Image with python3, torch and NCCL as `name:tag@sha256:…`; nothing is proven without it."""
    probe_seconds: int = Field(default=1800, ge=60, le=7200)
    """Seconds after which the probe is ended, all its steps together."""
    required: bool = False
    """Whether a deploy fails where peer to peer is not proven; else engines do without it."""
    expected_gb_per_s: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    """GB/s one way by link (PIX, PXB, PHB, NODE, SYS, NV4, …) in place of what the path gives."""
    engine: InferenceEngineSettings | None = None
    """The host's engine, as promised; filled in from inference_engine, not given."""

    @field_validator("probe_image")
    @classmethod
    def _pinned_image(cls, value: str | None) -> str | None:
        if value is not None:
            image.parse(value)
        return value

    @field_validator("expected_gb_per_s")
    @classmethod
    def _known_links(cls, value: dict[str, float]) -> dict[str, float]:
        for kind in value:
            if not _KIND.fullmatch(kind):
                raise ValueError(
                    f'"{kind}" is no link of nvidia-smi topo -m; give PIX, PXB, PHB, NODE, SYS or '
                    "NV and a number"
                )
        return value
