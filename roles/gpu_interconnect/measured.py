"""The document that the probe prints."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Gpu(_Part):
    """A GPU as CUDA numbers and names it."""

    index: int
    uuid: str = ""
    name: str = ""


class Copy(_Part):
    """One-way copies of an ordered pair, and the same by way of the host's memory."""

    source: int = Field(alias="from")
    target: int = Field(alias="to")
    peer_access: bool = False
    bytes: int = 0
    wrong_bytes: int = 0
    gb_per_s: float = 0
    latency_us: float = 0
    """0: not measured."""
    staged_gb_per_s: float = 0
    staged_latency_us: float = 0
    error: str = ""


class Collective(_Part):
    """An operation of several GPUs whose result is known; `p2p` False is the control."""

    p2p: bool
    gpus: tuple[int, ...]
    operation: str
    elements: int = 0
    wrong: int = 0
    bus_gb_per_s: float = 0
    error: str = ""


class Writes(_Part):
    """One GPU that writes to several at the same time."""

    source: int = Field(alias="from")
    targets: tuple[int, ...] = Field(alias="to")
    bytes: int = 0
    wrong_bytes: int = 0
    gb_per_s: float = 0
    error: str = ""


class Alone(_Part):
    """A GPU and the host's memory."""

    index: int
    host_to_device_gb_per_s: float = 0
    device_to_host_gb_per_s: float = 0
    wrong_bytes: int = 0
    error: str = ""


class Measured(_Part):
    """All that one run of the probe found."""

    format: Literal[1]
    simulated: bool = False
    backend: str = ""
    torch: str = ""
    nccl: str = ""
    gpus: tuple[Gpu, ...] = ()
    pairs: tuple[Copy, ...] = ()
    collectives: tuple[Collective, ...] = ()
    concurrent: tuple[Writes, ...] = ()
    alone: tuple[Alone, ...] = ()
    error: str = ""


def parse(text: str) -> Measured | str:
    """The document; where it is none, what is wrong with it."""
    try:
        return Measured.model_validate_json(text)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "it"
        return f"the probe printed no document of format 1: {where}: {first['msg']}"
