"""What a node's standing is told on."""

from infra.opening import Opening
from infra.site import Node, Site
from roles.inference_engine.listening import sources_of
from roles.node_standing.settings import NodeStandingSettings


def openings(settings: NodeStandingSettings, *, node: Node, site: Site) -> tuple[Opening, ...]:
    """Its port for the site's balancers alone; where there are none, for nobody."""
    sources = sources_of(node, site=site)
    if not sources:
        return ()
    return (Opening(port=settings.port, sources=sources, what="standing, asked by balancers"),)
