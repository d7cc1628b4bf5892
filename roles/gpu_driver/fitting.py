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


def idle(state: State, *, settings: GpuDriverSettings) -> frozenset[str]:
    """PCI addresses of the cards that the promised driver leaves idle, where that is accepted."""
    if not settings.allow_mixed:
        return frozenset()
    found = {
        bdf: cards.by_pci_id(device, subsystem=subsystem)
        for bdf, (device, subsystem) in state.ids.items()
    }
    return frozenset(
        bdf
        for bdf, card in found.items()
        if card is not None
        and not matrix.verdict(
            card, version_or_branch=settings.version, modules=settings.modules
        ).fits
    )


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
