"""What a host says on its own behalf does nothing on a person's screen."""

import io

from rich.table import Table
from rich.text import Text

from infra.cli_options import console
from infra.hanging import Hanging
from infra.terminal import Terminal

HOSTILE = "gone \x1b]0;taken\x07\x1b[2J\x9b2J over"


def shown(what: object, *, terminal: bool = True) -> str:
    file = io.StringIO()
    Terminal(file=file, force_terminal=terminal, width=80, highlight=False).print(
        what, markup=False
    )
    return file.getvalue()


def test_a_text_that_would_clear_the_screen_is_shown() -> None:
    table = Table.grid()
    table.add_row(Text(HOSTILE))
    for what in (HOSTILE, Text(HOSTILE, "bold red"), Hanging(Text(HOSTILE)), table):
        for terminal in (True, False):
            said = shown(what, terminal=terminal)
            assert "\x1b]" not in said
            assert "\x1b[2J" not in said
            assert "\x9b" not in said
            assert "␛[2J" in said


def test_its_own_colours_and_lines_stay() -> None:
    assert (
        shown(Text("all well\n  twice", "red"))
        == "\x1b[31mall well\x1b[0m\n\x1b[31m  twice\x1b[0m\n"
    )


def test_commands_print_there() -> None:
    assert isinstance(console(None), Terminal)
