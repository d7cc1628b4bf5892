"""The cards that a host is promised to have: by its settings, its lab entry and its manifest."""

from collections.abc import Iterable, Iterator

from infra.site import Node, Site
from roles.gpu_driver import cards
from roles.gpu_driver.cards import Card
from roles.gpu_driver.settings import GpuDriverSettings
from roles.pcie_topology import manifest


def of(node: Node, *, site: Site) -> tuple[Card, ...]:
    """Every known card of a host, once a product; none where nothing says what is in it."""
    named = (*_given(node), *_simulated(node), *_learned(node, site))
    found = (cards.by_name(name) or cards.by_pci_id(name) for name in named)
    return tuple({card.name: card for card in found if card is not None}.values())


def unknown(names: Iterable[str]) -> tuple[str, ...]:
    """The names that are no card's that is known."""
    return tuple(name for name in names if cards.by_name(name) is None)


def _given(node: Node) -> tuple[str, ...]:
    settings = node.settings.get("gpu_driver")
    return settings.cards if isinstance(settings, GpuDriverSettings) else ()


def _simulated(node: Node) -> Iterator[str]:
    for gpu in node.lab.gpus if node.lab is not None else ():
        yield gpu.name if cards.by_name(gpu.name) is not None else gpu.pci_id


def _learned(node: Node, site: Site) -> tuple[str, ...]:
    """The manifest's names; one that is broken is pcie_topology's to report."""
    try:
        found = manifest.of(site.file, node.name)
    except manifest.ManifestError:
        return ()
    return tuple(gpu.card for gpu in found.gpus) if found is not None else ()
