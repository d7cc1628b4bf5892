"""Text that is wrapped to the width it is given and indented, without trailing spaces."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions
from rich.text import Text


@dataclass(frozen=True)
class Hanging:
    """A paragraph: what stands before its first line, and before every other one."""

    text: Text
    first: str = "  "
    rest: str = "  "

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """The wrapped lines."""
        width = max(20, options.max_width - len(self.rest))
        for number, line in enumerate(self.text.wrap(console, width)):
            line.rstrip()
            yield Text(self.rest if number else self.first).append_text(line)
