"""What changed between two looks at a site, for who follows it line by line."""

from collections.abc import Iterator

from infra.report_status import Screen
from infra.status import Cell
from infra.status_layout import Row
from infra.status_notes import Note


def changes(before: Screen, now: Screen) -> Iterator[str]:
    """What differs between two looks, a sentence each."""
    earlier = {row.node: row for row in before.rows}
    for row in now.rows:
        was = earlier.get(row.node, Row(row.node))
        for column in (column for column in now.columns if column != "up"):
            old, new = was.cells.get(column, Cell("–")), row.cells.get(column, Cell("–"))
            if _lasting(old) != _lasting(new):
                yield f"{row.node}: {column}: {old.text}, now {new.text}"
    known = {str(note) for note in before.notes}
    yield from (str(note) for note in now.notes if _undated(note, known))


def _undated(note: Note, known: set[str]) -> bool:
    return not note.text.startswith("held by") and str(note) not in known


def _lasting(cell: Cell) -> str:
    """A cell's text without its figures, which change all the time."""
    return "".join(letter for letter in cell.text if not letter.isdigit())
