"""What PCIe links give when they are measured, and what a measured rate says of a GPU's lanes.

Rates of Gen3 to Gen5 are measured ones (NVIDIA nvbandwidth and DCGM, H200 hosts); the others are
derived from the line rate. Below 75 % of them a link is narrow or slow, below 90 % worth a look;
cards of one model are compared with each other too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from roles.gpu_driver.cards import Card
from roles.pcie_topology.explain.judgement import Finding, Lanes

HEALTHY = 0.75
"""Share of a healthy rate below which a link is not what it should be."""
_FAIR = 0.90
_IMPOSSIBLE = 1.3
_X16 = {1: 3.1, 2: 6.3, 3: 12.35, 4: 26.0, 5: 55.5, 6: 111.0}
_WIDTHS = (16, 8, 4, 2, 1)
_WORST_FIRST: tuple[Lanes, ...] = ("degraded", "unknown", "inconclusive", "ok")


@dataclass(frozen=True)
class Rate:
    """What was measured between the host and a GPU, one direction, pinned memory."""

    gpu: int
    gb_per_s: float
    card: Card | None = None


def pcie(gen: int, *, width: int) -> float:
    """GB/s that a healthy link gives in one direction; 0 where it is not known."""
    return _X16.get(gen, 0.0) * width / 16


def full(card: Card | None) -> float:
    """GB/s of the card's whole link in one direction; 0 where nothing can be expected of it."""
    return 0.0 if card is None or card.c2c else pcie(card.gen, width=card.width)


def like(gb_per_s: float) -> str:
    """The links that give about this rate, for a sentence: `Gen3 x8, Gen4 x4`."""
    close = [
        f"Gen{gen} x{width}"
        for gen in sorted(_X16)
        for width in _WIDTHS
        if 0.85 <= gb_per_s / pcie(gen, width=width) <= 1.15
    ]
    return ", ".join(close)


def lanes(rates: Sequence[Rate]) -> tuple[Lanes, tuple[Finding, ...]]:
    """The verdict over all rates, worst first, and why; `n/a` where no link can be judged."""
    judged = [rate for rate in rates if rate.card is None or not rate.card.c2c]
    best = _best(judged)
    told = [_one(rate, best=best[_model(rate)], alone=len(judged) == 1) for rate in judged]
    reasons = [(verdict, (finding,) if finding else ()) for verdict, finding in told]
    verdict, findings = worst(reasons)
    return verdict, (*findings, *_on_chip(rates))


def worst(
    told: Sequence[tuple[Lanes, tuple[Finding, ...]]],
) -> tuple[Lanes, tuple[Finding, ...]]:
    """The worst of several verdicts with every reason once; `n/a` for none."""
    verdicts = {verdict for verdict, _ in told}
    found: Lanes = next((verdict for verdict in _WORST_FIRST if verdict in verdicts), "n/a")
    return found, tuple(dict.fromkeys(finding for _, own in told for finding in own))


def _one(rate: Rate, *, best: float, alone: bool) -> tuple[Lanes, Finding | None]:
    whole = full(rate.card)
    if rate.gb_per_s > _IMPOSSIBLE * (whole or _X16[max(_X16)]):
        return "unknown", _finding("warning", rate, "more than its PCIe link can give")
    if rate.gb_per_s < HEALTHY * best:
        return "degraded", _slow(rate, f"another one gives {best:.1f} GB/s")
    if not whole:
        return _unnamed(rate, alone=alone)
    return _named(rate, whole=whole)


def _named(rate: Rate, *, whole: float) -> tuple[Lanes, Finding | None]:
    card = rate.card
    share = rate.gb_per_s / whole
    if card is not None and share < HEALTHY:
        if card.narrow and rate.gb_per_s >= HEALTHY * pcie(card.gen, width=card.narrow):
            return "inconclusive", _finding(
                "warning", rate, f"a rate of x{card.narrow}, which is right on some machines"
            )
        return "degraded", _slow(rate, f"Gen{card.gen} x{card.width} gives about {whole:.1f}")
    if share < _FAIR:
        return "ok", _finding("warning", rate, f"less than the usual {whole:.1f} GB/s")
    return "ok", None


def _unnamed(rate: Rate, *, alone: bool) -> tuple[Lanes, Finding | None]:
    """Cards that the output does not name: equal ones at a Gen4 x16 rate or more are right."""
    if not alone and rate.gb_per_s >= _FAIR * _X16[4]:
        return "ok", Finding(
            "info",
            "lanes",
            "the output does not name the cards; all GPUs agree at the rate of a whole Gen4 link "
            "or more",
        )
    return "unknown", _finding(
        "info", rate, f"the card's link is not known; that is {like(rate.gb_per_s) or 'no link'}"
    )


def _best(rates: Sequence[Rate]) -> Mapping[str, float]:
    best: dict[str, float] = {}
    for rate in rates:
        best[_model(rate)] = max(best.get(_model(rate), 0.0), rate.gb_per_s)
    return best


def _model(rate: Rate) -> str:
    return rate.card.name if rate.card else ""


def _slow(rate: Rate, reason: str) -> Finding:
    rates_of = like(rate.gb_per_s)
    return _finding(
        "error",
        rate,
        f"{reason}; it looks like {rates_of}" if rates_of else reason,
        advice="look at the link's width and speed under load, the slot, the riser and the seat",
    )


def _on_chip(rates: Sequence[Rate]) -> list[Finding]:
    return [
        _finding("info", rate, "the card hangs on chip-to-chip links, so PCIe is not judged")
        for rate in rates
        if rate.card is not None and rate.card.c2c
    ]


def _finding(severity: str, rate: Rate, reason: str, *, advice: str = "") -> Finding:
    return Finding(
        severity="error" if severity == "error" else "warning" if severity == "warning" else "info",
        subject=f"GPU {rate.gpu}",
        message=f"{rate.gb_per_s:.1f} GB/s between host and GPU: {reason}",
        advice=advice,
    )
