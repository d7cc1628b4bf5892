"""Whoever sits at the terminal is asked before the first disruption of a node that serves."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager

from gevent.select import select
from rich.console import Console
from rich.text import Text

from infra.hanging import Hanging

Paused = Callable[[], AbstractContextManager[None]]
"""Nothing else is drawn inside."""


def granted(node: str, *, why: str) -> bool:
    """What --yes says, and a command that runs where nobody can be asked."""
    return True


class Asked:
    """A question on the terminal, put once; the rest of the deploy goes on meanwhile."""

    def __init__(self, out: Console, *, paused: Paused, most: int) -> None:
        """`most` is how many nodes of a pool may be out at once."""
        self.out, self.paused, self.most = out, paused, most

    def __call__(self, node: str, *, why: str) -> bool:
        """Whether the answer was yes."""
        with self.paused():
            self.out.print(Hanging(Text(self._question(node, why)), first=""))
            self.out.print("  Go on? [y/N] ", end="", markup=False)
            return _line().strip().lower() in ("y", "yes")

    def _question(self, node: str, why: str) -> str:
        return (
            f"{node} serves, and this deploy will disrupt it: {why}. Each node that serves leaves "
            f"rotation first, finishes its requests and comes back when it answers; at most "
            f"{self.most} of a pool at a time. What else would change: --dry-run. "
            "Not to be asked: --yes."
        )


def _line() -> str:
    """A line of standard input; other greenlets work until there is one."""
    sys.stdout.flush()
    select([sys.stdin], [], [])
    return sys.stdin.readline()
