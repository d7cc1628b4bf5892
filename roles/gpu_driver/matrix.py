"""Which driver drives which card: branch, flavour of kernel modules, architecture, end of life."""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from roles.gpu_driver import branches
from roles.gpu_driver.branches import Branch, Modules
from roles.gpu_driver.cards import Card

_WORKSTATION = ("Quadro", "RTX", "T400", "T600", "T1000")


@dataclass(frozen=True)
class Fit:
    """Whether a driver drives cards, and the sentence that says so, or why not and what does."""

    fits: bool
    sentence: str
    no_driver: bool = False
    """Whether no driver at all drives these cards together."""


@dataclass(frozen=True)
class Choice:
    """A driver that works: its version, or its branch, and its modules."""

    version: str
    modules: Modules

    def __str__(self) -> str:
        """As the settings take it."""
        return f'gpu_driver.version {self.version} with gpu_driver.modules = "{self.modules}"'


def verdict(card: Card, *, version_or_branch: str, modules: Modules) -> Fit:
    """Whether a driver drives a card; when not: why, and a version and flavour that do."""
    return together([card], version_or_branch=version_or_branch, modules=modules)


def together(
    cards: Iterable[Card], *, version_or_branch: str, modules: Modules, allow_mixed: bool = False
) -> Fit:
    """Whether a driver drives all cards of a host.

    With `allow_mixed` it is enough to drive one of them.
    """
    every = tuple({card.name: card for card in cards}.values())
    wrong = {card: _why_not(card, version_or_branch, modules) for card in every}
    misfits = tuple(card for card, why in wrong.items() if why)
    asked = f"driver {version_or_branch} with {modules} kernel modules"
    if not misfits:
        return Fit(fits=True, sentence=f"{asked} drives {_listed(every) or 'every card'}")
    driven = tuple(card for card in every if card not in misfits)
    if allow_mixed and driven:
        left = f"and leaves {_listed(misfits)} idle, as gpu_driver.allow_mixed says"
        return Fit(fits=True, sentence=f"{asked} drives {_listed(driven)} {left}")
    choice = next(working(every, like=version_or_branch, modules=modules), None)
    if choice is None and len(every) > 1:
        return _none_in_common(every)
    said = "; ".join(
        f"{_titled(card)} cannot be driven by {asked}: {'; '.join(wrong[card])}"
        for card in misfits[:1]
    )
    advice = f"give {choice}" if choice else "take gpu_driver off this host"
    if driven:
        advice += ", or let the card stay idle (gpu_driver.allow_mixed = True)"
    return Fit(fits=False, sentence=f"{said}; {advice}", no_driver=choice is None)


def working(cards: Iterable[Card], *, like: str, modules: Modules) -> Iterator[Choice]:
    """Drivers that drive all of these cards: nearest to what was asked first, then as advised."""
    every = tuple(cards)
    other: Modules = "open" if modules == "proprietary" else "proprietary"
    asked = [like] if "." in like else []
    versions = dict.fromkeys([*asked, *(_known(row) for row in branches.advised())])
    choices = [Choice(version, flavour) for version in versions for flavour in (modules, other)]
    for choice in choices:
        if not any(_why_not(card, choice.version, choice.modules) for card in every):
            yield choice


def ended(version: str, *, today: datetime.date, cards: Iterable[Card] = ()) -> str | None:
    """The sentence that a branch gets no more fixes and which do; None: it still gets them.

    A branch that is not listed may have ended as well, and the sentence says that.
    """
    row = branches.of(version)
    if row is None or row.number != branches.number(version):
        return (
            f"driver branch {branches.number(version)} is not in the table of {_newest_date()}: "
            "whether it still gets security fixes is not known here"
        )
    if not _is_over(row, today=today):
        return None
    alive = [one for one in branches.advised() if not _is_over(one, today=today)]
    here = [one for one in alive if _flavours(one, tuple(cards))]
    return (
        f"driver branch {row.number} ended in {row.said or f'{row.ends:%Y-%m}'}: it gets no "
        f"security fixes; {_supported(here)}"
    )


def _why_not(card: Card, version: str, modules: Modules) -> list[str]:
    row = branches.of(version)
    if card.vgpu:
        return ["it is a vGPU of a hypervisor, which needs the driver that the cloud gives out"]
    if row is None:
        return [f"{branches.listed()[0].number} is the oldest branch that is known here"]
    return [*_outside(card, version), *_flavour(card, row, modules)]


def _outside(card: Card, version: str) -> Iterator[str]:
    asks = branches.architecture(card)
    if asks.last is not None and branches.number(version) > asks.last:
        yield f"{asks.last} is the last branch for {asks.name}"
    if branches.number(version) < asks.first:
        yield f"{asks.first} is the first branch for it"


def _flavour(card: Card, row: Branch, modules: Modules) -> Iterator[str]:
    asks = branches.architecture(card)
    if modules not in asks.modules and modules == "open":
        yield f"{asks.why}, which open modules require"
    elif modules not in asks.modules:
        yield f"it needs open modules, {asks.why}"
    elif modules not in row.modules:
        there = "has no open modules" if modules == "open" else "has proprietary modules no more"
        yield f"branch {row.number} {there}"
    elif modules == "open" and row.open_for and _is_for_desks(card):
        yield f"open modules of branch {row.number} start on data centre cards alone"


def _is_for_desks(card: Card) -> bool:
    return card.geforce or card.name.startswith(_WORKSTATION)


def _none_in_common(every: tuple[Card, ...]) -> Fit:
    needs = "; ".join(f"{_titled(card)} needs {_needed(card)}" for card in every)
    return Fit(
        fits=False,
        no_driver=True,
        sentence=f"no driver drives all cards of this host: {needs}; put them into different "
        "hosts, or drive only some of them: gpu_driver.allow_mixed = True and a driver from above",
    )


def _needed(card: Card) -> str:
    if card.vgpu:
        return "the driver that the cloud gives out for vGPUs"
    choices = tuple(working([card], like=_known(branches.advised()[0]), modules="open"))
    asks = branches.architecture(card)
    until = f" up to branch {asks.last}" if asks.last is not None else ""
    since = f" from branch {asks.first}" if not until and asks.first else ""
    flavours = " or ".join(asks.modules)
    return f"{flavours} modules{until}{since}, e.g. {choices[0].version}"


def _flavours(row: Branch, cards: tuple[Card, ...]) -> tuple[Modules, ...]:
    return tuple(
        one
        for one in row.modules
        if not any(_why_not(card, str(row.number), one) for card in cards)
    )


def _known(row: Branch) -> str:
    return row.good or f"{row.number}.x"


def _is_over(row: Branch, *, today: datetime.date) -> bool:
    return row.ends is not None and row.ends < today


def _supported(rows: list[Branch]) -> str:
    if not rows:
        return "no supported branch drives these cards"
    said = (f"{_known(row)} ({row.kind}, {_until(row)})" for row in rows[:2])
    return f"move to {' or '.join(said)}"


def _newest_date() -> datetime.date:
    return max(row.date for row in branches.listed())


def _until(row: Branch) -> str:
    return f"until {row.ends:%Y-%m}" if row.ends is not None else "end not announced"


def _titled(card: Card) -> str:
    return f"{card.name} ({card.architecture})"


def _listed(cards: Iterable[Card]) -> str:
    return ", ".join(_titled(card) for card in cards)
