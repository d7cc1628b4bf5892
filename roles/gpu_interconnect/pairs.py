"""Pairs of GPUs in one piece of evidence: which are granted, and how they are named."""

from collections.abc import Iterable

from roles.gpu_interconnect.evidence import Evidence
from roles.gpu_interconnect.links import Pair
from roles.gpu_interconnect.measured import Copy

_NAMED = 4


def granted(evidence: Evidence) -> list[Pair]:
    """Ordered pairs to which nvidia-smi grants peer access and CUDA does not refuse it."""
    denied = {pair for pair, copy in copies(evidence).items() if denies(copy)}
    return [
        pair
        for one, other in evidence.grants.statuses
        if evidence.grants.grants(one, other)
        for pair in ((one, other), (other, one))
        if pair not in denied
    ]


def copies(evidence: Evidence) -> dict[Pair, Copy]:
    """The measured copies by ordered pair."""
    found = evidence.measured
    return {} if found is None else {(one.source, one.target): one for one in found.pairs}


def denies(copy: Copy) -> bool:
    """Whether CUDA refuses peer access; one that hung did not say."""
    return not copy.peer_access and not copy.error


def way(source: int, target: int) -> str:
    """An ordered pair by name."""
    return f"GPU{source} to GPU{target}"


def together(pairs: Iterable[Pair]) -> str:
    """Unordered pairs by name."""
    return some(f"GPU{one}-GPU{other}" for one, other in pairs)


def some(sentences: Iterable[str]) -> str:
    """The first few, and how many more there are."""
    found = list(sentences)
    more = len(found) - _NAMED
    return "; ".join(found[:_NAMED]) + (f"; and {more} more" if more > 0 else "")
