"""Whether a host's driver drives the cards it is promised to have, before anything is touched."""

import datetime

from infra.site import Node, Site
from roles.gpu_driver import matrix, promised
from roles.gpu_driver.branches import Modules
from roles.gpu_driver.cards import Card
from roles.gpu_driver.matrix import Fit
from roles.gpu_driver.settings import GpuDriverSettings


def mistakes(settings: GpuDriverSettings, *, node: Node, site: Site) -> list[tuple[str, str]]:
    """Cards that are not known, and cards that the promised driver does not drive."""
    found = [
        ("cards", f'"{name}" is no card that is known; give its name as nvidia-smi -L prints it')
        for name in promised.unknown(settings.cards)
    ]
    here = promised.of(node, site=site)
    fit = _fit(here, settings, modules=settings.modules)
    return found if fit.fits else [*found, (_at_fault(fit, here, settings), fit.sentence)]


def cautions(settings: GpuDriverSettings, *, node: Node, site: Site) -> list[tuple[str, str]]:
    """A branch that gets no more fixes today: key and sentence."""
    today = datetime.datetime.now(tz=datetime.timezone.utc).date()
    here = promised.of(node, site=site)
    sentence = matrix.ended(settings.version, today=today, cards=here)
    return [] if sentence is None else [("version", sentence)]


def _fit(cards: tuple[Card, ...], settings: GpuDriverSettings, *, modules: Modules) -> Fit:
    return matrix.together(
        cards,
        version_or_branch=settings.version,
        modules=modules,
        allow_mixed=settings.allow_mixed,
    )


def _at_fault(fit: Fit, cards: tuple[Card, ...], settings: GpuDriverSettings) -> str:
    """The setting that a refusal is about: the flavour only where the other one would do."""
    if fit.no_driver:
        return "cards"
    other: Modules = "proprietary" if settings.modules == "open" else "open"
    return "modules" if _fit(cards, settings, modules=other).fits else "version"
