"""How many lanes and what speed a GPU's way should have, and whether it has them.

Width never falls at idle, so it is judged always. Speed does (an idle card runs Gen1), so it is
judged while the card works; at idle what card and ports can do together is.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from roles.pcie_topology.promised import Manifest
from roles.pcie_topology.tree import Gpu, Tree, fastest, generation, narrowest, slot_width, slowest

_WORKING = frozenset({"P0", "P1", "P2"})
_BUSY = 50
"""Per cent of load from which a card works, whatever its performance state says."""
_GUEST = (
    " (a guest, whose ports are the hypervisor's: if it gives no more, say so in expected_width)"
)


@dataclass(frozen=True)
class Expectation:
    """Lanes that a GPU's way should have (0: nothing tells), and who says so."""

    width: int
    source: str


def expected(gpu: Gpu, *, guest: bool, given: int | None, promised: int) -> Expectation:
    """The lanes of a GPU: as `given` by hand, else what card and slot give or the manifest says."""
    if given is not None:
        return Expectation(given, f"the inventory expects x{given}")
    own = _by_design(gpu, guest=guest)
    if promised and promised >= own.width:
        return Expectation(promised, f"the manifest says x{promised}")
    return own


def _by_design(gpu: Gpu, *, guest: bool) -> Expectation:
    lanes, slot = _card_width(gpu), slot_width(gpu)
    if 0 < slot < lanes:
        return Expectation(slot, f"its slot gives x{slot}")
    card = gpu.card
    if card is not None and card.narrow and guest and _runs_at(gpu) == card.narrow:
        return Expectation(card.narrow, f"x{card.narrow} is right for a {card.name} in a guest")
    if not lanes:
        return Expectation(slot, f"its slot gives x{slot}")
    return Expectation(lanes, f"card and slot give x{lanes}" if slot else f"the card has x{lanes}")


def _card_width(gpu: Gpu) -> int:
    """Lanes of the card; what the function itself can may be less, as on a mobile variant."""
    able = gpu.function.link.max_width
    known = gpu.card.width if gpu.card is not None else 0
    return min(filter(None, (able, known)), default=0)


def _runs_at(gpu: Gpu) -> int:
    found = narrowest(gpu)
    return found.link.width if found is not None else 0


def is_judged(gpu: Gpu) -> bool:
    """Whether its PCIe link says anything: not that of a card on chip-to-chip (C2C) or a share."""
    return gpu.card is None or not (gpu.card.c2c or gpu.card.vgpu)


def narrow(tree: Tree, *, given: Mapping[str, int], manifest: Manifest | None) -> list[str]:
    """Sentences on the GPUs whose way is narrower than it should be."""
    found = []
    for gpu in filter(is_judged, tree.gpus):
        least = narrowest(gpu)
        learned = manifest.of(gpu.bdf) if manifest is not None else None
        should = expected(
            gpu,
            guest=tree.is_guest,
            given=given.get(gpu.bdf),
            promised=learned.width if learned is not None else 0,
        )
        if least is not None and least.link.width < should.width:
            found.append(_narrow(gpu, tree=tree, should=should))
    return found


def _narrow(gpu: Gpu, *, tree: Tree, should: Expectation) -> str:
    return (
        f"{gpu.label}: x{_runs_at(gpu)}, {should.source}; narrowest link is {_where(gpu)}"
        f"{_GUEST if tree.is_guest else ''}"
    )


def _where(gpu: Gpu) -> str:
    """The port of the narrowest link: of a link's two ends, which tell the same, the slot's."""
    least = narrowest(gpu)
    if least is None or least is gpu.function:
        return "the card's own"
    return f"port {least.bdf}"


def untold(tree: Tree) -> list[str]:
    """Labels of the GPUs whose lanes nothing tells."""
    return [gpu.label for gpu in filter(is_judged, tree.gpus) if narrowest(gpu) is None]


def works(gpu: Gpu) -> bool:
    """Whether a GPU works, so that its link should run at full speed."""
    told = gpu.driver
    return told is not None and (told.pstate in _WORKING or told.load >= _BUSY)


def slow(tree: Tree, *, given: Mapping[str, int], manifest: Manifest | None) -> list[str]:
    """Sentences on GPUs whose link is slow while they work, or can no longer be what it was.

    `given` are generations that are right by hand: a firmware that limits a slot does not say so.
    """
    found = []
    for gpu in filter(is_judged, tree.gpus):
        learned = manifest.of(gpu.bdf) if manifest is not None else None
        able, runs = fastest(gpu), slowest(gpu)
        if gpu.bdf in given:
            learned, able = None, given[gpu.bdf]
        if learned is not None and able and able < learned.gen:
            found.append(
                f"{gpu.label}: card and ports can run Gen{able}, the manifest says Gen{learned.gen}"
            )
        elif works(gpu) and runs is not None and generation(runs.link.speed) < able:
            found.append(
                f"{gpu.label}: Gen{generation(runs.link.speed)} at work ({_state(gpu)}), "
                f"{_who(gpu, given)} Gen{able}; slowest link is {_end(gpu, runs.bdf)}"
            )
    return found


def _who(gpu: Gpu, given: Mapping[str, int]) -> str:
    return "the inventory expects" if gpu.bdf in given else "card and ports can run"


def _end(gpu: Gpu, bdf: str) -> str:
    return "the card's own" if bdf == gpu.bdf else f"port {bdf}"


def _state(gpu: Gpu) -> str:
    told = gpu.driver
    return f"{told.pstate}, {told.load} % load" if told is not None else ""


def remarks(tree: Tree) -> list[str]:
    """Sentences that are no faults: cards that could do more than their slots, hidden ports."""
    return [f"{gpu.label}: {said}" for gpu in tree.gpus if (said := _remark(gpu, tree=tree))]


def _remark(gpu: Gpu, *, tree: Tree) -> str:
    if not is_judged(gpu):
        return "a chip-to-chip card, or a share of one: its PCIe link says nothing"
    if tree.is_guest and not slot_width(gpu):
        return "a hypervisor hides the ports above it; what its slot could give is not known"
    own, able = generation(gpu.function.link.max_speed), fastest(gpu)
    lanes, slot = _card_width(gpu), slot_width(gpu)
    if able < own or 0 < slot < lanes:
        return f"a Gen{own} x{lanes} card in a Gen{able} x{slot} slot"
    return ""
