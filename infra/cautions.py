"""What an inventory asks for that works, but that somebody should know of."""

from collections.abc import Iterator

from infra.mistakes import Mistake
from infra.role import load
from infra.site import Node, Site


def of(site: Site) -> tuple[Mistake, ...]:
    """What the roles' `across.cautions(settings, node=…, site=…)` say, each once."""
    return tuple(dict.fromkeys(one for node in site.nodes for one in _of_node(node, site)))


def _of_node(node: Node, site: Site) -> Iterator[Mistake]:
    for role, settings in node.settings.items():
        across = load(role).part("across")
        if across is None or not hasattr(across, "cautions"):
            continue
        for key, sentence in across.cautions(settings, node=node, site=site):
            where = f"{role}.{key}" if key else role
            yield Mistake(file=str(site.file), host=node.name, key=where, sentence=sentence)
