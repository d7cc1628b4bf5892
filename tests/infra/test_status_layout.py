"""Lines of a status at every width."""

from io import StringIO

import pytest
from rich.console import Console

from infra.status import Cell
from infra.status_layout import Lines, Row

COLUMNS = ("up", "driver", "GPUs", "in rotation")
ROWS = (
    Row("gpu-1", {"up": Cell("12 d"), "driver": Cell("580.95.05"), "GPUs": Cell("8 × H100")}),
    Row(
        "gpu-3",
        {"up": Cell("—"), "in rotation": Cell("– no", "unknown")},
        Cell("unreachable since 02:51", "bad"),
    ),
)


def printed(width: int, *, colour: bool = False) -> str:
    console = Console(file=StringIO(), width=width, force_terminal=colour)
    console.print(Lines(COLUMNS, ROWS))
    found = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in found.splitlines())


def test_cells_stand_under_their_columns_and_a_remark_where_there_are_none() -> None:
    assert printed(80).splitlines() == [
        "node   up    driver     GPUs      in rotation",
        "gpu-1  12 d  580.95.05  8 × H100",
        "gpu-3  —     unreachable since 02:51  – no",
    ]


def test_what_does_not_fit_goes_below_with_the_nodes_again() -> None:
    assert printed(40).splitlines() == [
        "node   up    driver",
        "gpu-1  12 d  580.95.05",
        "gpu-3  —     unreachable since 02:51",
        "",
        "node   GPUs      in rotation",
        "gpu-1  8 × H100",
        "gpu-3            – no",
    ]


@pytest.mark.parametrize("width", range(36, 120, 7))
def test_no_line_is_wider_than_what_it_is_given(width: int) -> None:
    assert max(map(len, printed(width).splitlines())) <= width


def test_colour_adds_nothing_that_is_not_read_without() -> None:
    assert "\x1b[" in printed(80, colour=True)
    assert "\x1b[" not in printed(80)
