"""What the cells of the fleet say."""

from datetime import datetime, timezone

from infra.history import History
from infra.page_findings import cards
from infra.page_fleet import Fleet, fleet
from infra.verdict import Report, Verdict, Word


def verdict(role: str, check: str, word: Word, *, waived: str = "", node: str = "a") -> Verdict:
    return Verdict(node, role, check, "S", word, "" if word == "passed" else check, waived=waived)


def made(*verdicts: Verdict) -> Fleet:
    report = Report("lab.py", datetime(2026, 11, 21, tzinfo=timezone.utc), 1.0, verdicts)
    return fleet(report, cards=cards(report, history=History()))


def test_a_cell_counts_the_worst_that_was_found() -> None:
    found = made(
        verdict("r", "check_1", "passed"),
        verdict("r", "check_2", "unproven"),
        verdict("r", "check_3", "failed"),
        verdict("r", "check_4", "failed"),
    )
    (cell,) = found.rows[0].cells
    assert (cell.word, cell.number, cell.total) == ("failed", 2, 4)


def test_a_waived_failure_is_not_shown_as_failed() -> None:
    found = made(verdict("r", "check_1", "failed", waived="until 2027-01-01 by mara: later"))
    assert found.rows[0].cells[0].word == "waived"


def test_a_cell_leads_to_its_own_finding() -> None:
    found = made(verdict("r", "check_1", "failed"), verdict("s", "check_2", "unproven"))
    assert [cell.anchor for cell in found.rows[0].cells] == ["finding-1", "finding-2"]


def test_a_role_that_a_node_does_not_have_has_an_empty_cell() -> None:
    found = made(verdict("r", "check_1", "passed"), verdict("s", "check_2", "passed", node="b"))
    assert [[cell.word for cell in row.cells] for row in found.rows] == [
        ["passed", ""],
        ["", "passed"],
    ]


def test_a_dead_node_is_away() -> None:
    off = Verdict("a", "r", "check_1", "S", "unproven", "unreachable: no route")
    found = made(off, verdict("r", "check_1", "passed", node="b"))
    assert [row.away for row in found.rows] == [True, False]
