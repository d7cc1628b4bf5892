"""What a balancer listens on."""

import ipaddress

from infra.opening import Opening
from infra.site import Node, Site
from roles.load_balancer.settings import LoadBalancerSettings


def openings(settings: LoadBalancerSettings, *, node: Node, site: Site) -> tuple[Opening, ...]:
    """Its port for everyone: clients prove themselves by their keys. None where it is on lo."""
    if _is_loopback(settings.address):
        return ()
    return (Opening(port=settings.port, what="requests of clients"),)


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
