"""What node_standing takes from its host, and what does not fit together."""

import ipaddress

from infra.role import load
from infra.site import Node, Site
from roles.node_standing.settings import NodeStandingSettings


def resolve(settings: NodeStandingSettings, *, node: Node, site: Site) -> NodeStandingSettings:
    """The settings with the address filled in; where SSH knows a name, it is the engine's."""
    engines = getattr(node.settings.get("inference_engine"), "address", None)
    found = node.address if _is_address(node.address) else engines or node.address
    found = found if settings.address is None else settings.address
    # as systemd tells it, by which it is known whether the socket is open there
    plain = str(ipaddress.ip_address(found)) if _is_address(found) else found
    return settings.model_copy(update={"address": plain})


def mistakes(settings: NodeStandingSettings, *, node: Node, site: Site) -> list[tuple[str, str]]:
    """An address that is a name, and a port on which another role of the host listens."""
    return [*_unbindable(settings), *_taken(settings, node=node, site=site)]


def _unbindable(settings: NodeStandingSettings) -> list[tuple[str, str]]:
    if _is_address(settings.address or ""):
        return []
    said = f'"{settings.address}" is a name; give the IP address of this host at which it tells'
    return [("address", said)]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _taken(settings: NodeStandingSettings, *, node: Node, site: Site) -> list[tuple[str, str]]:
    others = ((name, load(name).part("listening")) for name in node.settings)
    return [
        ("port", f"{settings.port} is the port of {name} on this host; give another")
        for name, part in others
        if part is not None and name != "node_standing"
        for opening in part.openings(node.settings[name], node=node, site=site)
        if opening.port == settings.port
    ]
