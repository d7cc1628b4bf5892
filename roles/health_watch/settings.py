"""Settings of health_watch."""

from pydantic import BaseModel, ConfigDict, Field

from infra.role import Settings


class Standing(BaseModel):
    """Where a node tells its boot, its lock and its gate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str
    port: int


class Member(BaseModel):
    """One engine that is watched, and how it is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    node: str
    address: str
    port: int
    model: str
    """Name under which it serves its model."""
    health_path: str
    question_path: str
    metrics_path: str = ""
    """Empty where it tells no metrics."""
    running: tuple[str, ...] = ()
    """Metrics whose sum is how many requests it has."""
    progress: tuple[str, ...] = ()
    """Metrics that move while it computes."""
    standing: Standing | None = None
    """None where the node has no role that tells of its gate."""


class HealthWatchSettings(Settings):
    """What is taken for hung or stuck, and how long who was out waits."""

    silence_seconds: float = Field(default=3.0, ge=1)
    """Seconds without an answer to /health, and without a byte of its streams, after which an
    engine is hung."""
    stall_seconds: float = Field(default=180.0, ge=10)
    """Seconds without progress, with requests in it, after which an engine that answers /health is
    stuck. Longer than its longest step: llama.cpp tells nothing while it reads a batch of 2048
    tokens of a prompt, which takes a GPU a few seconds, and one CPU core 100."""
    idle_token_seconds: float = Field(default=10.0, ge=1)
    """Seconds between one-token completions of an engine that has nothing to do."""
    token_seconds: float = Field(default=20.0, ge=1)
    """Seconds that such a completion may take where nobody else's request is in the engine."""
    cut_seconds: float = Field(default=10.0, ge=1)
    """Seconds that an engine stays hung or stuck until the streams that hang on it are ended."""
    longest_wait_seconds: float = Field(default=60.0, ge=1)
    """Longest time that an engine which fails again and again has to be well before it is let in;
    1 second where it fails within 30 s of its return, twice as long each time it does so again."""
    floor: int = Field(default=1, ge=0)
    """Others of its pool, spares included, that must be in before an engine is taken out."""
    gate: bool = True
    """Whether a node that booted, or was away, has to be proven before it is let in."""
    members: tuple[Member, ...] = ()
    """Engines that are watched; filled in from the site, not given in an inventory."""
