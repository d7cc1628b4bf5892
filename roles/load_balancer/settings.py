"""Settings of load_balancer."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from infra import windows
from infra.role import Settings
from infra.secrets import SecretRef

Client = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


def _window(text: str) -> str:
    windows.parse(text)
    return text


Window = Annotated[str, AfterValidator(_window)]


class Target(BaseModel):
    """One engine behind the balancer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    node: str
    address: str
    port: int
    model: str
    """Name under which it serves its model."""
    parallel: int
    """Requests that it computes at the same time."""
    keepalive: bool
    """Whether its idle connections may be kept."""


class LoadBalancerSettings(Settings):
    """Where the balancer listens, who may use it, and how patient it is."""

    address: str | None = None
    """IP address to listen on; the host's own when not given."""
    port: int = Field(default=80, ge=1, le=65535)
    """TCP port to listen on."""
    reached_at: str | None = Field(default=None, pattern=r"^[A-Za-z0-9.:-]+$")
    """Address or name by which clients reach it; `address`, or the host's own, when not given."""
    api_keys: dict[Client, SecretRef] = Field(min_length=1)
    """Key of each client, by reference; the client's name is what the log shows."""
    max_fails: int = Field(default=2, ge=1)
    """Failures within `fail_seconds` after which a node is left out."""
    fail_seconds: int = Field(default=5, ge=1)
    """Seconds for which a failed node is left out."""
    connect_seconds: int = Field(default=2, ge=1)
    """Seconds to reach a node before the next one is tried."""
    read_seconds: int = Field(default=600, ge=1)
    """Longest silence of a node that computes, in seconds."""
    answer_seconds: int = Field(default=1800, ge=1)
    """Longest answer in seconds; one that goes on after a change of configuration is cut then."""
    body_mib: int = Field(default=16, ge=1, le=1024)
    """Largest request in MiB."""
    client_keepalive_seconds: int = Field(default=0, ge=0)
    """Seconds for which a client's idle connection is kept. 0: each answer ends its connection,
    for a reload closes idle ones, and a client that sends at that moment loses its request."""
    max_unavailable: int = Field(default=1, ge=1)
    """How many nodes of one model may be out of rotation at the same time."""
    drain_seconds: int = Field(default=600, ge=1)
    """Seconds that requests under way have to end before a node is stopped."""
    maintenance_windows: tuple[Window, ...] = ()
    """When nodes that serve may be disrupted, e.g. `Sat,Sun 02:00-06:00 Europe/Berlin`; days may
    be left out, midnight may be crossed. Empty: at any time."""
    status_port: int = Field(default=8099, ge=1024, le=65535)
    """Port on 127.0.0.1 that tells what nginx runs with and how busy it is."""
    targets: tuple[Target, ...] = ()
    """Engines behind it; filled in from the site, not given in an inventory."""

    @property
    def base_url(self) -> str:
        """Where clients point an OpenAI library."""
        address = self.reached_at or "127.0.0.1"
        host = f"[{address}]" if ":" in address else address
        return f"http://{host}:{self.port}/v1" if self.port != 80 else f"http://{host}/v1"
