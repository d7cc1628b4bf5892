"""What an inventory asks for that works, but that somebody should know of."""

from infra.mistakes import Mistake
from infra.site import Site, of_roles


def of(site: Site) -> tuple[Mistake, ...]:
    """What the roles' `across.cautions(settings, node=…, site=…)` say, each once."""
    found = (
        caution
        for node in site.nodes
        for caution in of_roles("cautions", node, site, judged=node.settings)
    )
    return tuple(dict.fromkeys(found))
