"""Whether the promised driver drives the cards that a host's PCI bus shows."""

from roles.gpu_driver import cards, matrix
from roles.gpu_driver.cards import Card
from roles.gpu_driver.settings import GpuDriverSettings
from roles.gpu_driver.state import State


def known(state: State) -> tuple[Card, ...]:
    """The cards on the bus that the card list knows, in the order of their addresses."""
    found = (
        cards.by_pci_id(device, subsystem=subsystem)
        for device, subsystem in (state.ids[bdf] for bdf in state.gpus if bdf in state.ids)
    )
    return tuple(card for card in found if card is not None)


def misfit(state: State, *, settings: GpuDriverSettings) -> str | None:
    """Why the promised driver does not drive this host's cards, and what does; None: it does.

    A card that is not known is taken to be driven.
    """
    fit = matrix.together(
        known(state),
        version_or_branch=settings.version,
        modules=settings.modules,
        allow_mixed=settings.allow_mixed,
    )
    return None if fit.fits else f"gpu_driver: {fit.sentence}"
