"""What measured copies between GPUs show of each GPU's PCIe lanes.

A copy staged in the host's memory uses each card's own link too: where it is fast, lanes are whole
and a slow peer copy is the path's doing.
"""

from collections.abc import Iterable, Sequence

from roles.pcie_topology.explain.judgement import Finding, Lanes
from roles.pcie_topology.explain.measured import HEALTHY, like
from roles.pcie_topology.explain.peers import Cards, Pair, is_over_pcie, line_rate

_NARROW = 0.6
_STAGED_TOO_SLOW = 0.35


def lanes(pairs: Sequence[Pair], *, cards: Cards) -> tuple[Lanes, tuple[Finding, ...]]:
    """The verdict over all GPUs; `n/a` where the copies of one do not go over PCIe."""
    told = [_of_gpu(gpu, pairs=pairs, cards=cards) for gpu in sorted(cards)]
    verdicts = {verdict for verdict, _ in told}
    order: tuple[Lanes, ...] = ("degraded", "unknown", "n/a", "ok")
    worst: Lanes = next((verdict for verdict in order if verdict in verdicts), "n/a")
    return worst, tuple(finding for _, finding in told if finding is not None)


def _of_gpu(gpu: int, *, pairs: Sequence[Pair], cards: Cards) -> tuple[Lanes, Finding | None]:
    own = [it for it in pairs if gpu in (it.source, it.target) and line_rate(it, cards=cards)]
    if not own or any(is_over_pcie(pair, cards=cards) for pair in own):
        return "n/a", None
    peer = [it.gb_per_s for it in own if it.allowed is not False and it.gb_per_s is not None]
    staged = [it.staged_gb_per_s for it in own if it.staged_gb_per_s is not None]
    best = max([*peer, *staged], default=0.0)
    line = max(line_rate(pair, cards=cards) for pair in own)
    if not peer:
        return _by_staged(gpu, best, line=line)
    if best >= HEALTHY * line:
        return "ok", _uneven(gpu, peer, line=line)
    if best < _NARROW * line:
        return "degraded", _slow("error", gpu, best, line=line)
    return "unknown", _slow("warning", gpu, best, line=line)


def _by_staged(gpu: int, best: float, *, line: float) -> tuple[Lanes, Finding | None]:
    """Staged copies alone are no measure of a link, but very slow ones want a look."""
    if 0 < best < _STAGED_TOO_SLOW * line:
        return "unknown", _slow("warning", gpu, best, line=line)
    return "n/a", None


def _uneven(gpu: int, peer: Iterable[float], *, line: float) -> Finding | None:
    slowest = min(peer)
    if slowest >= HEALTHY * line:
        return None
    return Finding(
        severity="warning",
        subject=f"GPU {gpu}",
        message=f"a peer copy runs at {slowest:.1f} GB/s though its link gives {line:.1f}",
        advice="look at ACS redirection, the IOMMU and the link between the sockets",
    )


def _slow(severity: str, gpu: int, best: float, *, line: float) -> Finding:
    looks = like(best)
    return Finding(
        severity="error" if severity == "error" else "warning",
        subject=f"GPU {gpu}",
        message=(
            f"no copy is faster than {best:.1f} GB/s where its link gives about {line:.1f}"
            + (f"; one of the links looks like {looks}" if looks else "")
        ),
        advice="look at the width of this GPU's link and of its peers', slot and riser",
    )
