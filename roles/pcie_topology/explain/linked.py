"""What the numbers of NVLinks between GPUs tell: whole, weaker than they should be, or none."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from infra.wording import listed
from roles.gpu_driver.cards import Card
from roles.pcie_topology.explain.judgement import Finding, Nvlink

Pair = tuple[str, str]
TOTALS = (1, 2, 4, 6, 8, 12, 18, 36)
"""How many NVLinks products have; a mesh without a switch shares them among the peers."""
_MESH = 2
"""Up to so many links a pair, GPUs share links unevenly by design (cube mesh of V100, P100)."""
_HALF_CUBE = [4, 4, 5, 5]
"""Links of each GPU in one half of the cube mesh, as virtual machines of four V100 have it."""

Verdict = tuple[Nvlink, tuple[Finding, ...]]


def judged(gpus: Sequence[str], counts: Mapping[Pair, int], *, card: Card | None = None) -> Verdict:
    """NVLink of GPUs whose every pair is given with its number of links; one card, if known."""
    linked = {pair: count for pair, count in counts.items() if count}
    if not linked:
        return _none(card) if len(gpus) > 1 else ("n/a", ())
    faults = tuple(_by_card(linked, card) if card is not None else ())
    faults = faults or tuple(_by_shape(gpus, linked))
    if faults:
        return "degraded", faults
    alone = [gpu for gpu in gpus if not any(gpu in pair for pair in linked)]
    if len(alone) > 1:
        return "unknown", (_bridgeless(alone),)
    return "present", tuple(_remarks(gpus, linked, card=card))


def islands(gpus: Sequence[str], pairs: Sequence[Pair]) -> list[list[str]]:
    """Groups of GPUs that these pairs connect, in the order of the GPUs; single ones too."""
    groups = {gpu: [gpu] for gpu in gpus}
    for one, other in pairs:
        if groups[one] is not groups[other]:
            joined = sorted({*groups[one], *groups[other]}, key=list(gpus).index)
            groups.update(dict.fromkeys(joined, joined))
    return list({id(group): group for group in groups.values()}.values())


def _none(card: Card | None) -> Verdict:
    if card is None or card.fabric not in ("mesh", "switch"):
        return "absent", ()
    message = f"{card.name} has {card.nvlinks} NVLinks by design, and none is shown"
    return "degraded", (Finding("error", "NVLink", message, _SWITCHES),)


def _by_card(linked: Mapping[Pair, int], card: Card) -> Iterator[Finding]:
    if not card.nvlinks or card.fabric == "mesh":
        return
    for (one, other), count in linked.items():
        if card.fabric == "bridge" and count < card.nvlinks:
            message = f"NV{count} where the bridge of two {card.name} gives NV{card.nvlinks}"
            yield Finding("error", f"{one}-{other}", message, _BRIDGE)
        shared = sum(links for pair, links in linked.items() if one in pair)
        if card.fabric == "switch" and card.nvlinks not in (count, shared):
            message = f"NV{count} where {card.name} has {card.nvlinks} links to its switches"
            yield Finding("error", f"{one}-{other}", message, _SWITCHES)


def _by_shape(gpus: Sequence[str], linked: Mapping[Pair, int]) -> Iterator[Finding]:
    groups = [group for group in islands(gpus, list(linked)) if len(group) > 1]
    if max(linked.values()) <= _MESH:
        yield from _uneven(groups, linked)
        return
    yield from _weaker(linked)
    yield from _gaps(groups, linked)
    sizes = {len(group) for group in groups}
    alone = len(gpus) - sum(len(group) for group in groups)
    if len(sizes) > 1 or (alone and sizes != {2}):
        message = "some GPUs have NVLink to fewer others than the rest"
        yield Finding("error", "NVLink", message, _SWITCHES)


def _uneven(groups: Sequence[Sequence[str]], linked: Mapping[Pair, int]) -> Iterator[Finding]:
    """In a mesh every GPU has the same number of links, though not to the same others."""
    for group in groups:
        total = {gpu: sum(n for pair, n in linked.items() if gpu in pair) for gpu in group}
        most = max(total.values())
        if sorted(total.values()) == _HALF_CUBE and all(_all(group, linked)):
            continue
        less = [gpu for gpu in group if total[gpu] < most]
        if less:
            message = f"fewer NVLinks than the {most} of the other GPUs: a link is down"
            yield Finding("error", listed(less), message, _SWITCHES)


def _all(group: Sequence[str], linked: Mapping[Pair, int]) -> Iterator[bool]:
    return (pair in linked for pair in combinations(group, 2))


def _weaker(linked: Mapping[Pair, int]) -> Iterator[Finding]:
    most = max(linked.values())
    for (one, other), count in linked.items():
        if count < most:
            message = f"NV{count} where other pairs have NV{most}: links are down"
            yield Finding("error", f"{one}-{other}", message, _SWITCHES)


def _gaps(groups: Sequence[Sequence[str]], linked: Mapping[Pair, int]) -> Iterator[Finding]:
    for group in groups:
        inside = [pair for pair in linked if pair[0] in group]
        missing = len(group) * (len(group) - 1) // 2 - len(inside)
        if missing:
            message = f"{missing} of the pairs of {listed(group)} have no NVLink, the others have"
            yield Finding("error", "NVLink", message, _SWITCHES)
        elif linked[inside[0]] not in _right(len(group)):
            yield _odd(group, linked[inside[0]])


def _right(size: int) -> set[int]:
    return {*TOTALS, *(total // (size - 1) for total in TOTALS if total % (size - 1) == 0)}


def _odd(group: Sequence[str], count: int) -> Finding:
    message = f"NV{count} is no number of links that cards have; "
    message += f"NV{min(total for total in (*TOTALS, count + 1) if total > count)} would be whole"
    return Finding("error", "-".join(group), message, _BRIDGE if len(group) == 2 else _SWITCHES)


def _bridgeless(alone: Sequence[str]) -> Finding:
    message = "no NVLink while other GPUs have it: right only where no bridge is fitted"
    return Finding("warning", listed(alone), message, _BRIDGE)


def _remarks(
    gpus: Sequence[str], linked: Mapping[Pair, int], *, card: Card | None
) -> Iterator[Finding]:
    most, pairs = Counter(linked.values()).most_common(1)[0]
    yield Finding("info", "NVLink", f"NV{most} between {pairs} of {_pairs(gpus)} pairs")
    if card is None and len(gpus) == 2 and most not in (4, 12, 18):
        message = f"whether NV{most} is all that the cards have depends on the cards"
        yield Finding("info", "NVLink", message, "Judge it together with nvidia-smi -L.")


def _pairs(gpus: Sequence[str]) -> int:
    return len(gpus) * (len(gpus) - 1) // 2


_BRIDGE = "Power off, reseat the NVLink bridge on both cards, then: nvidia-smi nvlink -s"
_SWITCHES = "nvidia-smi nvlink -s and -e name the links; see dmesg for Xid 74 and SXid lines, and \
that nvidia-fabricmanager runs at the driver's version."
