"""Settings of host_firewall."""

import ipaddress
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from infra.opening import Opening
from infra.role import Settings


def _is_a_source(text: str) -> str:
    try:
        ipaddress.ip_network(text)
    except ValueError as wrong:
        raise ValueError(
            f'"{text}" is neither an address nor a network; give e.g. 192.0.2.7, 192.0.2.0/24 or '
            f"2001:db8::/32{_nearest(text)}"
        ) from wrong
    return text


def _nearest(text: str) -> str:
    try:
        return f"; did you mean {ipaddress.ip_network(text, strict=False)}?"
    except ValueError:
        return ""


Source = Annotated[str, AfterValidator(_is_a_source)]
Interface = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.@-]{1,15}\*?$")]


class ExtraOpening(BaseModel):
    """A port that is open besides those of the host's roles."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    port: int = Field(ge=1, le=65535)
    """Port on the host, a container's published one too."""
    protocol: Literal["tcp", "udp"] = "tcp"
    """Protocol of the port."""
    sources: tuple[Source, ...] = ()
    """Addresses and networks that reach it; none: everyone."""
    what: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:,/()+-]{0,79}$")
    """What listens there, for people."""


class HostFirewallSettings(Settings):
    """Who may reach what on the host; all that is not named is dropped."""

    ssh_sources: tuple[Source, ...] = ()
    """Addresses and networks that reach SSH; none: everyone. Infra's own must be among them."""
    ssh_port: int | None = Field(default=None, ge=1, le=65535)
    """TCP port on which the host's sshd listens; `ssh_port` of the connection when not given."""
    openings: tuple[ExtraOpening, ...] = ()
    """Ports open besides those of the host's roles, as {"port", "protocol", "sources", "what"}."""
    service_sources: dict[str, tuple[Source, ...]] = Field(default_factory=dict)
    """By role: who reaches what it listens on, in place of what the role says; []: everyone."""
    container_interfaces: tuple[Interface, ...] = ("docker0", "br-*")
    """Bridges of containers; what comes from them is let through. `*` at the end is any rest."""
    log_drops: bool = True
    """Whether dropped connections are logged (kernel log, `infra-drop:`), 6 a minute at most."""
    rollback_seconds: int = Field(default=30, ge=15, le=600)
    """Seconds after which new rules are undone unless a new SSH connection came about."""
    adopt: bool = False
    """Whether nftables' service may stop loading rules of your own in /etc/nftables.conf."""
    services: tuple[Opening, ...] = ()
    """What the host's roles listen on; filled in from the site, not given in an inventory."""
