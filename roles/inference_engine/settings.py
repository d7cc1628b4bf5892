"""Settings of inference_engine."""

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from infra.role import Settings
from infra.secrets import SecretRef
from roles.inference_engine import engines, image

Gpu = Annotated[int, Field(ge=0)]

MODEL_NAME = r"^[A-Za-z0-9][A-Za-z0-9._:/+-]{0,127}$"
"""Names of models: they go into units, URLs and the balancer's configuration."""
_VARIABLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")


class InferenceEngineSettings(Settings):
    """One engine, one image, one model."""

    engine: str
    """Product that serves the model: a file name in roles/inference_engine/engines."""
    image: str
    """Container image as `name:tag@sha256:…`; the digest binds, the tag is for people."""
    cuda: str | None = Field(default=None, pattern=r"^\d+\.\d+(\.\d+)?$")
    """CUDA version of the image, e.g. `12.9`; found in the image when not given."""
    model: str = Field(pattern=MODEL_NAME)
    """Name of a model in this host's model_cache."""
    served_name: str | None = Field(default=None, pattern=MODEL_NAME)
    """Name under which clients ask for the model; the model's own name when not given."""
    address: str | None = None
    """IP address on which the engine is reached; the host's own when not given."""
    port: int = Field(default=8000, ge=1024, le=65535)
    """TCP port on that address."""
    context_tokens: int = Field(ge=128)
    """Tokens that one request may use, prompt and answer together."""
    parallel_requests: int = Field(default=4, ge=1)
    """Requests that are computed at the same time; more of them wait."""
    gpus: Literal["all"] | tuple[Gpu, ...] = "all"
    """GPUs given to the engine: `all`, or their indices, e.g. [0, 1]."""
    tensor_parallel: int = Field(default=1, ge=1)
    """GPUs that each layer is split over."""
    extra_args: tuple[str, ...] = ()
    """Further arguments of the engine, after ours."""
    environment: dict[str, str] = Field(default_factory=dict)
    """Environment variables of the engine; no secrets, they can be read on the host."""
    secret_environment: dict[str, SecretRef] = Field(default_factory=dict)
    """Environment variables whose values are secrets, by reference."""
    start_seconds: int = Field(default=1800, ge=1)
    """How long the engine may take until it answers, in seconds."""
    pull_stall_seconds: int = Field(default=300, ge=10)
    """How long a pull may go on without any progress before it is ended, in seconds."""
    stop_seconds: int = Field(default=30, ge=1)
    """Seconds for which requests under way may go on when it is stopped; llama_cpp: none."""
    shm_gib: int | None = Field(default=None, ge=1)
    """Shared memory in GiB; the engine's own need when not given."""
    metrics: bool = True
    """Whether the engine answers /metrics on its port."""
    model_path: str | None = None
    """Path of the model on the host; filled in from model_cache, not given in an inventory."""
    model_files: tuple[str, ...] = ()
    """Its files where that path is a folder; filled in from model_cache, not given either."""
    model_revision: str = ""
    """What changes when the model's content does; filled in from model_cache."""
    interconnect: str = ""
    """What was proven of the way between its GPUs; filled in from the host, not given."""

    @field_validator("engine")
    @classmethod
    def _known_engine(cls, value: str) -> str:
        if value not in engines.names():
            raise ValueError(f'no engine "{value}"; there are {", ".join(engines.names())}')
        return value

    @field_validator("image")
    @classmethod
    def _pinned_image(cls, value: str) -> str:
        image.parse(value)
        return value

    @field_validator("gpus")
    @classmethod
    def _different_gpus(cls, value: Literal["all"] | tuple[int, ...]) -> object:
        if value != "all" and (not value or len(set(value)) != len(value)):
            raise ValueError('names no GPU, or one twice; give "all" or indices, e.g. [0, 1]')
        return value

    @field_validator("environment", "secret_environment")
    @classmethod
    def _variables(cls, value: dict[str, str]) -> dict[str, str]:
        for name, text in value.items():
            if not _VARIABLE.match(name) or "\n" in text:
                raise ValueError(f'"{name}" is no variable of one line; give NAME: text')
        return value

    @property
    def name_for_clients(self) -> str:
        """What clients put into `model`."""
        return self.model if self.served_name is None else self.served_name
