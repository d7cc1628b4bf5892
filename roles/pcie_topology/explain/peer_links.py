"""What measured copies between GPUs show of NVLink: whether it carries them, at what rate."""

from collections.abc import Sequence
from statistics import median

from roles.gpu_driver.cards import Card
from roles.pcie_topology.explain.judgement import Finding, Nvlink
from roles.pcie_topology.explain.peers import Cards, Pair, is_nvlink, is_over_pcie, some

_ONE_OF_MANY = 0.85
_OF_RAW = {"switch": 0.70, "bridge": 0.75}


def nvlink(pairs: Sequence[Pair], *, cards: Cards) -> tuple[Nvlink, tuple[Finding, ...]]:
    """The verdict, with a reason where it is not what the cards should have.

    Healthy rates are 78 to 92 % of the links' raw sum (A100 274 of 300, H100 376 of 478 GB/s).
    """
    measured = [pair for pair in pairs if pair.gb_per_s is not None]
    fabrics = {card.fabric if card else "" for card in cards.values()}
    if fabrics == {"none"}:
        return _without_hardware(measured, cards=cards)
    fast = [pair for pair in measured if is_nvlink(pair, cards=cards)]
    if not measured:
        return "n/a", ()
    if not fast:
        return _not_used(fabrics)
    slow = _slow(fast, cards=cards)
    if slow:
        return "degraded", (_told_slow(slow),)
    return _judged(measured, fast=fast, fabrics=fabrics)


def _without_hardware(
    measured: Sequence[Pair], *, cards: Cards
) -> tuple[Nvlink, tuple[Finding, ...]]:
    too_fast = [pair for pair in measured if is_over_pcie(pair, cards=cards)]
    if not too_fast:
        return "absent", ()
    message = f"faster than these cards' PCIe links can be: {some(too_fast)}"
    return "unknown", (Finding("warning", "nvlink", message),)


def _not_used(fabrics: set[str]) -> tuple[Nvlink, tuple[Finding, ...]]:
    if "switch" in fabrics or "mesh" in fabrics:
        message = "copies run at PCIe rates between cards that have NVLink"
        advice = "look at nvidia-smi nvlink -s, nvidia-fabricmanager and NCCL's settings"
        return "absent", (Finding("error", "nvlink", message, advice),)
    if "" in fabrics:
        return "unknown", ()
    return "absent", (Finding("info", "nvlink", "no NVLink bridge carries these copies"),)


def _judged(
    measured: Sequence[Pair], *, fast: Sequence[Pair], fabrics: set[str]
) -> tuple[Nvlink, tuple[Finding, ...]]:
    """Every GPU reached by NVLink; a switch reaches all pairs, a mesh or bridges only some."""
    left = [pair for pair in measured if pair not in fast]
    if not left or fabrics <= {"mesh", "bridge"}:
        return "present", ()
    message = f"some pairs do not run over NVLink: {some(left)}"
    if "switch" in fabrics:
        return "degraded", (Finding("error", "nvlink", message, "look at nvidia-smi nvlink -s"),)
    return "unknown", (Finding("warning", "nvlink", f"{message}; the cards are not named"),)


def _slow(fast: Sequence[Pair], *, cards: Cards) -> list[Pair]:
    usual = median(pair.gb_per_s or 0.0 for pair in fast)
    return [pair for pair in fast if (pair.gb_per_s or 0.0) < _least(pair, usual, cards=cards)]


def _least(pair: Pair, usual: float, *, cards: Cards) -> float:
    card = cards.get(pair.source)
    if card is None:
        return _ONE_OF_MANY * usual
    if card.fabric == "mesh":
        return 0.7 * card.link_gb_per_s
    return max(_ONE_OF_MANY * usual, _expected(card, count=len(cards)))


def _expected(card: Card, *, count: int) -> float:
    """Least healthy rate; up to four cards may be wired to each other without a switch."""
    links = card.nvlinks
    if card.fabric == "switch" and 2 < count <= 4:
        links = card.nvlinks // (count - 1)
    return _OF_RAW.get(card.fabric, 0.0) * links * card.link_gb_per_s


def _told_slow(slow: Sequence[Pair]) -> Finding:
    worst = min(slow, key=lambda pair: pair.gb_per_s or 0.0)
    return Finding(
        severity="error",
        subject="nvlink",
        message=f"{worst.gb_per_s:.0f} GB/s between {worst} is too little; slow: {some(slow)}",
        advice="look at nvidia-smi nvlink -s for inactive links; reseat the bridge, reset the GPU",
    )
