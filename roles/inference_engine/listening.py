"""What an engine listens on."""

import ipaddress
from collections.abc import Iterable, Iterator

from infra.opening import Opening
from infra.site import Node, Site
from roles.inference_engine.settings import InferenceEngineSettings


def openings(settings: InferenceEngineSettings, *, node: Node, site: Site) -> tuple[Opening, ...]:
    """Its port for the site's balancers alone, since it asks nobody for a key; else for nobody."""
    sources = sources_of(node, site=site)
    if not sources:
        return ()
    return (Opening(port=settings.port, sources=sources, what="requests of balancers"),)


def sources_of(node: Node, *, site: Site) -> tuple[str, ...]:
    """The addresses from which the site's other balancers may ask a node."""
    others = [one for one in site.offering("load_balancer") if one.name != node.name]
    return tuple(dict.fromkeys(_places(others)))


def _places(balancers: Iterable[Node]) -> Iterator[str]:
    """The addresses balancers may come from: where SSH finds them, and where they listen.

    One on the same host needs no opening: what a host says to itself passes no firewall.
    """
    for balancer in balancers:
        listens_at = getattr(balancer.settings["load_balancer"], "address", None)
        both = (balancer.address, str(listens_at))
        known = [address for address in both if _is_a_place(address)]
        yield from known or [balancer.address]


def _is_a_place(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return not (found.is_unspecified or found.is_loopback)
