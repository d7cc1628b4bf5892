"""What a healthy link carries: GB/s in one direction, microseconds of a small copy.

Figures are measured ones: PCIe 3 x16 12.3, 4 x16 25.9, 5 x16 55.1, NVLink 3 (12 links of 25) 275,
NVLink 4 (18 of 26.6) 376, NVLink 5 (18 of 53.1) 746. Sources: Azure's HPC health checks, NVIDIA's
nvbandwidth, stas00/ml-engineering, aikitoria's driver. Other widths are derived from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from roles.gpu_interconnect import links
from roles.pcie_topology.tree import Function, Gpu, generation

FAIL, WARN = 0.75, 0.9
"""Parts of the healthy rate below which a link fails, or is worth a word."""
PEER_US, STAGED_US = 5.0, 10.0
"""Peer to peer takes about 1 us, by the host's memory 11 to 14: between lies what is odd."""
_LANE = {1: 0.19, 2: 0.38, 3: 0.77, 4: 1.62, 5: 3.44, 6: 6.88}
"""GB/s a lane by PCIe generation; 1, 2 and 6 are derived."""
_OLD_LINK = 26.0
"""GB/s of an NVLink up to the third generation, at the most."""
_OLD, _NEW = 0.917, 0.785
"""Part of its raw rate that an NVLink carries: up to the third generation, and since."""


@dataclass(frozen=True)
class Expected:
    """GB/s one way, and why so."""

    gb_per_s: float
    why: str


def of(kind: str, *, ends: tuple[Gpu, Gpu], given: Mapping[str, float]) -> Expected | None:
    """What a pair's link should carry; None when nothing tells."""
    if kind in given:
        return Expected(given[kind], f"{kind} as the inventory has it")
    if links.count(kind):
        return _nvlink(kind, ends)
    return _pcie(kind, ends)


def _nvlink(kind: str, ends: tuple[Gpu, Gpu]) -> Expected | None:
    rates = [gpu.card.link_gb_per_s if gpu.card is not None else 0.0 for gpu in ends]
    if not all(rates):
        return None
    rate = min(rates)
    part = _OLD if rate < _OLD_LINK else _NEW
    carried = links.count(kind) * rate * part
    return Expected(carried, f"{kind} of {rate:g} GB/s a link")


def _pcie(kind: str, ends: tuple[Gpu, Gpu]) -> Expected | None:
    """The narrower and slower of both ways; speeds fall at idle, so what they can do counts."""
    ways = [_way(gpu) for gpu in ends]
    if not kind or any(gen == 0 or lanes == 0 for gen, lanes in ways):
        return None
    gen, lanes = min(ways, key=lambda way: _LANE[way[0]] * way[1])
    return Expected(_LANE[gen] * lanes, f"{kind} at Gen{gen} x{lanes}")


def _way(gpu: Gpu) -> tuple[int, int]:
    card = gpu.card
    if card is not None and card.c2c:
        return 0, 0
    told = [one.link for one in gpu.way if one.link.max_width and one.link.max_speed]
    if not told:
        return 0, 0
    lanes = min(link.max_width for link in told)
    if card is not None and card.narrow and _runs(gpu.function) == card.narrow:
        lanes = min(lanes, card.narrow)
    return generation(min(link.max_speed for link in told)), lanes


def _runs(function: Function) -> int:
    return function.link.width
