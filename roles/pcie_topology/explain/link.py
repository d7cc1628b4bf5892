"""A GPU's PCIe link: what it has against what card and slot should give."""

from collections.abc import Iterable
from dataclasses import dataclass

from roles.gpu_driver.cards import Card
from roles.pcie_topology.explain.judgement import Finding, Lanes, Severity

Told = tuple[Lanes, tuple[Finding, ...]]

_WORST_FIRST: tuple[Lanes, ...] = ("degraded", "unknown", "inconclusive", "ok")
_NO_WIDTHS = (0, 63, 255)
"""What a device that does not answer reads as."""
_NARROW_IN_A_WIDE_SLOT = ("A10G", "T4", "T4G")
"""Cards whose clouds wire x8 and report x16 as the maximum; others say x8 there too."""


@dataclass(frozen=True)
class Link:
    """One GPU's link as an output shows it; None is what the output does not tell."""

    where: str
    card: Card | None = None
    width: int | None = None
    width_max: int | None = None
    gen: int | None = None
    gen_max: int | None = None
    """What card and slot can do together."""
    gen_card: int | None = None
    """What the card alone can do."""
    working: bool | None = None
    """Whether the GPU works: at idle a link slows down to save power."""
    widest: int | None = None
    """The widest link of a GPU of the same name in the same output."""


def worst(lanes: Iterable[Lanes]) -> Lanes:
    """The worst of several verdicts; what does not speak of lanes does not count."""
    found = set(lanes)
    return next((lane for lane in _WORST_FIRST if lane in found), "n/a")


def judged(link: Link) -> Told:
    """The lanes' verdict of a link, with the reasons: width at any time, speed under load."""
    if _is_chip_to_chip(link):
        message = "hangs on a chip-to-chip link: its PCIe link says nothing"
        return "n/a", (Finding("info", link.where, message),)
    if _may_be_chip_to_chip(link):
        message = "is a chip-to-chip card's, or of one lane at Gen1: its name would tell"
        return "unknown", (_finding("warning", link, message, "take the output with the name"),)
    width, of_width = _width(link)
    speed, of_speed = _speed(link)
    return worst((width, speed)), of_width + of_speed


def _is_chip_to_chip(link: Link) -> bool:
    if link.card is not None:
        return link.card.c2c
    return link.gen_card == 1 and link.width == 1


def _may_be_chip_to_chip(link: Link) -> bool:
    return link.card is None and link.gen_card is None and link.gen_max == 1 and link.width == 1


def _width(link: Link) -> Told:
    if link.width is None or link.width in _NO_WIDTHS:
        return "unknown", (_finding("warning", link, "its current width is not told"),)
    expected = _expected_width(link)
    if not expected:
        return "unknown", (_finding("warning", link, "nothing tells how wide its link can be"),)
    if link.width < expected:
        return _narrow(link, link.width, expected)
    if link.width > expected and link.width_max == expected:
        return "unknown", (_finding("warning", link, "its width is above its maximum"),)
    return "ok", ()


def _expected_width(link: Link) -> int:
    """The widest that anything tells; a card that is narrow itself outranks its slot."""
    seen = max(_real(link.widest), _real(link.width))
    if link.card and link.card.width and seen <= link.card.width:
        return link.card.width
    return max(_real(link.width_max), _real(link.widest))


def _real(width: int | None) -> int:
    return 0 if width is None or width in _NO_WIDTHS else width


def _narrow(link: Link, width: int, expected: int) -> Told:
    if _narrow_by_design(link):
        return "ok", (_finding("info", link, f"x{width} of x{expected}, by design"),)
    message = f"runs on {width} of {expected} lanes"
    advice = (
        "width does not change at idle: reseat card and riser, look at the slot's wiring and "
        "bifurcation"
    )
    return "degraded", (_finding("error", link, message, advice),)


def _narrow_by_design(link: Link) -> bool:
    card = link.card
    if card is None or not card.narrow or link.width != card.narrow:
        return False
    peers_are_narrow = link.widest in (None, card.narrow)
    slot_is_narrow = link.width_max in (None, card.narrow)
    return peers_are_narrow and (slot_is_narrow or card.name in _NARROW_IN_A_WIDE_SLOT)


def _speed(link: Link) -> Told:
    ceiling = link.gen_max or link.gen_card or (link.card.gen if link.card else 0)
    if link.gen is None or not ceiling:
        return "inconclusive", (_finding("info", link, "its speed cannot be judged from this"),)
    if link.gen > ceiling:
        return "unknown", (_finding("warning", link, "its speed is above its maximum"),)
    if link.gen < ceiling:
        return _slow(link, link.gen, ceiling)
    return "ok", _slow_slot(link, ceiling)


def _slow(link: Link, gen: int, ceiling: int) -> Told:
    message = f"runs at Gen{gen} of Gen{ceiling}"
    if link.working and link.gen_max:
        advice = "look at the slot's Gen setting in the firmware, at the riser and at AER errors"
        return "degraded", (_finding("error", link, f"{message} while it works", advice),)
    advice = "a link slows down at idle: judge the speed under load, or at P0 to P2"
    return "inconclusive", (_finding("info", link, message, advice),)


def _slow_slot(link: Link, ceiling: int) -> tuple[Finding, ...]:
    card = link.gen_card or (link.card.gen if link.card else 0)
    if card <= ceiling:
        return ()
    message = f"the slot gives Gen{ceiling} where the card can do Gen{card}"
    return (_finding("warning", link, message, "use a faster slot or look at its Gen setting"),)


def _finding(severity: Severity, link: Link, message: str, advice: str = "") -> Finding:
    return Finding(severity, link.where, message, advice)
