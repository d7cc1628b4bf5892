"""What measured copies between GPUs show of peer to peer.

A driver's grant proves nothing: a pair counts as shown where the latency with peer access is
clearly below the staged one (about 1 us against 10 and more), or, without latencies, where the
bandwidth is near the link's and above the staged one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from roles.gpu_driver.cards import Card
from roles.pcie_topology.explain.judgement import Finding, P2p
from roles.pcie_topology.explain.measured import HEALTHY, full

Cards: TypeAlias = Mapping[int, Card | None]

_OVER_PCIE = 1.3
_OVER_ANY_PCIE = 82.0
_PEER_LATENCY_US = 4.0
_LONGEST_PEER_LATENCY_US = 8.0
_ABOVE_STAGED = 1.1


@dataclass(frozen=True)
class Pair:
    """One direction between two GPUs; GB/s and us, None where it was not measured.

    `allowed` is the driver's grant; `staged_…` is what the copy gives without peer access.
    """

    source: int
    target: int
    allowed: bool | None = None
    gb_per_s: float | None = None
    staged_gb_per_s: float | None = None
    latency_us: float | None = None
    staged_latency_us: float | None = None

    def __str__(self) -> str:
        """Both GPUs for a sentence."""
        return f"{self.source}-{self.target}"


def p2p(pairs: Sequence[Pair], *, cards: Cards) -> tuple[P2p, tuple[Finding, ...]]:
    """Whether peer to peer works between all pairs, some or none, or is only granted."""
    told = [pair for pair in pairs if pair.allowed is not None or pair.gb_per_s is not None]
    if not told:
        return "n/a", ()
    refused = [pair for pair in told if pair.allowed is False]
    if len(refused) == len(told):
        return "none", (_refused(cards),)
    if refused:
        return "partial", (_partial(refused),)
    unshown = [pair for pair in told if not is_shown(pair, cards=cards)]
    if unshown:
        return "unproven", (_unproven(unshown, of=len(told)),)
    return "ok", ()


def is_shown(pair: Pair, *, cards: Cards) -> bool:
    """Whether its own figures show a direct copy; latency outweighs bandwidth."""
    if pair.latency_us is not None:
        return _is_fast(pair.latency_us, staged=pair.staged_latency_us)
    if pair.gb_per_s is None:
        return False
    line = line_rate(pair, cards=cards)
    if is_over_pcie(pair, cards=cards):
        return is_nvlink(pair, cards=cards)
    above = _ABOVE_STAGED * (pair.staged_gb_per_s or 0.0)
    return line > 0 and pair.gb_per_s >= max(HEALTHY * line, above)


def line_rate(pair: Pair, *, cards: Cards) -> float:
    """GB/s of the narrower card's PCIe link; 0 where a card is not known."""
    return min(full(cards.get(pair.source)), full(cards.get(pair.target)))


def is_over_pcie(pair: Pair, *, cards: Cards) -> bool:
    """Whether it is faster than the PCIe links of both cards can be."""
    line = line_rate(pair, cards=cards)
    return (pair.gb_per_s or 0.0) > (_OVER_PCIE * line if line else _OVER_ANY_PCIE)


def is_nvlink(pair: Pair, *, cards: Cards) -> bool:
    """Whether only NVLink can have carried it, between cards that may have it."""
    ends = (cards.get(pair.source), cards.get(pair.target))
    may = all(card is None or card.fabric != "none" for card in ends)
    return may and is_over_pcie(pair, cards=cards)


def some(pairs: Sequence[Pair]) -> str:
    """The first few pairs for a sentence."""
    shown = ", ".join(str(pair) for pair in pairs[:6])
    return f"{shown}, …" if len(pairs) > 6 else shown


def _is_fast(latency: float, *, staged: float | None) -> bool:
    bound = _PEER_LATENCY_US if staged is None else min(staged / 2, _LONGEST_PEER_LATENCY_US)
    return 0 < latency < bound


def _refused(cards: Cards) -> Finding:
    geforce = any(card is not None and card.geforce for card in cards.values())
    return Finding(
        severity="info" if geforce else "warning",
        subject="p2p",
        message="the driver refuses peer access between all GPUs",
        advice="copies go through the host's memory; NCCL does so by itself",
    )


def _partial(refused: Sequence[Pair]) -> Finding:
    return Finding(
        severity="info",
        subject="p2p",
        message=f"the driver refuses peer access between some GPUs: {some(refused)}",
        advice="keep tensor-parallel groups inside GPUs that reach each other",
    )


def _unproven(unshown: Sequence[Pair], *, of: int) -> Finding:
    return Finding(
        severity="warning",
        subject="p2p",
        message=(
            f"peer access is granted, but {len(unshown)} of {of} directions show no direct copy "
            f"by bandwidth or latency: {some(unshown)}"
        ),
        advice="verify with copies that are read back before engines rely on it",
    )
