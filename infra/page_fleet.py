"""The fleet as a table of nodes and roles: what each cell says, in a sign and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.page_findings import Card
from infra.verdict import Report, Verdict, count

SIGNS: Mapping[str, str] = {
    "failed": "✗",
    "expired": "✗",
    "unreachable": "✗",
    "unproven": "?",
    "waived": "~",
    "passed": "✓",
}
"""A sign for each word; it never stands alone."""
_WORST_FIRST = ("failed", "unproven", "waived", "passed")


@dataclass(frozen=True)
class Cell:
    """What the checks of one role on one node came to, by the worst of them."""

    word: str
    """Empty where the node does not have the role."""
    number: int = 0
    total: int = 0
    anchor: str = ""
    """Where on the page it is told; empty when everything passed."""


@dataclass(frozen=True)
class Row:
    """One node."""

    node: str
    away: bool
    """Whether it could not be asked at all."""
    simulated: bool
    cells: tuple[Cell, ...]
    verdicts: tuple[Verdict, ...]

    def count(self, word: str) -> int:
        """How many of its checks came to that word."""
        return count(self.verdicts, word)


@dataclass(frozen=True)
class Fleet:
    """Every node with every role, in the report's order."""

    roles: tuple[str, ...]
    rows: tuple[Row, ...]


def fleet(report: Report, *, cards: Sequence[Card]) -> Fleet:
    """The table of a report, whose cells lead to these cards."""
    by_node: dict[str, list[Verdict]] = {}
    for verdict in report.verdicts:
        by_node.setdefault(verdict.node, []).append(verdict)
    roles = tuple(dict.fromkeys(verdict.role for verdict in report.verdicts))
    rows = (
        Row(
            node=node,
            away=node in report.unreachable,
            simulated=node in report.simulated,
            cells=tuple(_cell(own, role=role, cards=cards) for role in roles),
            verdicts=tuple(own),
        )
        for node, own in by_node.items()
    )
    return Fleet(roles, tuple(rows))


def _cell(own: Sequence[Verdict], *, role: str, cards: Sequence[Card]) -> Cell:
    here = [verdict for verdict in own if verdict.role == role]
    word = next((word for word in _WORST_FIRST if count(here, word)), "")
    if word in ("", "passed"):
        return Cell(word, len(here), len(here))
    anchor = _anchor(here[0].node, role=role, word=word, cards=cards)
    return Cell(word, count(here, word), len(here), anchor)


def _anchor(node: str, *, role: str, word: str, cards: Sequence[Card]) -> str:
    """The card of that word where there is one: it need not be the first of the role."""
    told = [card for card in cards if node in card.nodes and role in card.roles]
    exact = [card for card in told if card.word == word]
    return next((card.anchor for card in (*exact, *told)), "")
