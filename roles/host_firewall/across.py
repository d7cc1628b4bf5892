"""What the roles of a host listen on, and settings that cannot be meant."""

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

from infra.opening import Opening
from infra.role import load
from infra.role import names as role_names
from infra.site import Node, Site
from roles.host_firewall.settings import HostFirewallSettings

_SSH = 22


def resolve(settings: HostFirewallSettings, *, node: Node, site: Site) -> HostFirewallSettings:
    """The settings with SSH's port and the roles' openings filled in."""
    port = settings.ssh_port or node.connection.get("ssh_port") or _SSH
    services = tuple(_services(settings, node=node, site=site))
    return settings.model_copy(update={"ssh_port": port, "services": services})


def mistakes(settings: HostFirewallSettings, *, node: Node, site: Site) -> list[tuple[str, str]]:
    """SSH opened twice, roles that listen on nothing, sources that are no addresses."""
    return [*_ssh_twice(settings), *_unknown_roles(settings), *_names(settings, node=node)]


def _services(settings: HostFirewallSettings, *, node: Node, site: Site) -> Iterator[Opening]:
    for role, own in node.settings.items():
        part = _listening(role)
        if part is None:
            continue
        for opening in part.openings(own, node=node, site=site):
            told = f"{role}: {opening.what}" if opening.what else role
            sources = settings.service_sources.get(role, opening.sources)
            yield replace(opening, sources=sources, what=told)


def _listening(role: str) -> ModuleType | None:
    return load(role).part("listening") if role in role_names() else None


def _ssh_twice(settings: HostFirewallSettings) -> Iterator[tuple[str, str]]:
    for opening in settings.openings:
        if (opening.port, opening.protocol) == (settings.ssh_port, "tcp"):
            yield "openings", f"{opening.port} is SSH's port; say who reaches it in ssh_sources"


def _unknown_roles(settings: HostFirewallSettings) -> Iterator[tuple[str, str]]:
    for role in settings.service_sources:
        if _listening(role) is None:
            known = ", ".join(name for name in role_names() if _listening(name) is not None)
            yield "service_sources", f'"{role}" is no role that listens; there are {known}'


def _names(settings: HostFirewallSettings, *, node: Node) -> Iterator[tuple[str, str]]:
    for opening in settings.services:
        role = opening.what.partition(":")[0]
        for source in opening.sources:
            if not _is_network(source):
                yield (
                    "service_sources",
                    f'{role} is reached from "{source}", which is a name; give its addresses: '
                    f'{{"{role}": ["192.0.2.21"]}}',
                )


def _is_network(source: str) -> bool:
    try:
        ipaddress.ip_network(source)
    except ValueError:
        return False
    return True
