"""Settings of node_standing."""

from pydantic import Field

from infra.role import Settings


class NodeStandingSettings(Settings):
    """Where a node tells its balancers how it stands."""

    port: int = Field(default=8098, ge=1, le=65535)
    """TCP port at which the node's standing is told."""
    address: str | None = None
    """IP address of the host at which it is told; the one by which SSH finds the host."""
