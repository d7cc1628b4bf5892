"""Settings of rebuild_drill."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from infra.role import Settings

Command = Annotated[tuple[str, ...], Field(min_length=1)]


class Hooks(BaseModel):
    """Programs on the control host that bring the node to a clean system."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    wipe: Command
    """Program and arguments that make the node forget all it was."""
    wipe_seconds: int = Field(default=900, ge=1)
    """Longest time of `wipe`, in seconds."""
    install: Command | None = None
    """Program and arguments that end when a bare system is installed; None: `wipe` does both."""
    install_seconds: int = Field(default=3600, ge=1)
    """Longest time of `install`, in seconds."""
    host_key: Command
    """Program and arguments that print the new system's public host keys, a line each."""
    host_key_seconds: int = Field(default=120, ge=1)
    """Longest time of `host_key`, in seconds."""


class RebuildDrillSettings(Settings):
    """How often and how fast the node must be rebuilt, and by which programs."""

    budget_minutes: int | None = Field(default=None, ge=1)
    """Within how many minutes a drill must bring the node back; None: no policy, and 60 for
    `infra drill` itself."""
    max_age_days: int | None = Field(default=None, ge=1)
    """How many days old the newest drill may be; None: any age."""
    hooks: Hooks | None = None
    """Programs that wipe and install the node; hosts of the lab need none."""
    reachable_seconds: int = Field(default=900, ge=1)
    """How long the new system may take until it takes our login, in seconds."""
    link_gbit_per_s: float = Field(default=1.0, gt=0)
    """Speed of a real node's link to where packages, images and weights come from, in Gbit/s."""
    boot_firmware_seconds: int = Field(default=180, ge=0)
    """How long a real node's firmware takes at each boot, in seconds."""
    system_install_seconds: int = Field(default=600, ge=0)
    """How long the installation of a bare system takes on a real node, in seconds."""
    download_gb: dict[str, float] = Field(
        default={
            "base_system": 0.1,
            "gpu_driver": 0.4,
            "cuda_toolkit": 3.5,
            "container_runtime": 0.15,
            "inference_engine": 10.0,
        }
    )
    """GB that a role fetches on a real node, by role: what estimates count where hardware and
    packages are simulated. A role that is not named counts what it received in the drill."""
    simulated: bool = False
    """Whether the node's hardware is simulated; filled in from the site, not given in an
    inventory."""

    @property
    def has_policy(self) -> bool:
        """Whether the inventory asks for drills."""
        return self.budget_minutes is not None or self.max_age_days is not None
