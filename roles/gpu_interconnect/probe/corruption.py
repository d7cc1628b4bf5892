"""Faults that are put in where no hardware has them, so that every veto can be seen to fire."""

import time
from collections.abc import Callable
from typing import Any

NAMES = (
    "",
    "alone",
    "copy",
    "copy-lost",
    "copy-hang",
    "refused",
    "slow",
    "late",
    "collective",
    "collective-always",
    "collective-hang",
    "concurrent",
    "concurrent-hang",
)
"""What --corrupt takes; each is one fault."""
_SLOW_SECONDS = 0.2
_LATE_SECONDS = 0.0005


class Corruption:
    """One fault, or none."""

    def __init__(self, name: str) -> None:
        """By its name; empty: none."""
        self._name = name

    def refuses(self) -> bool:
        """Whether CUDA is made to deny peer access."""
        return self._name == "refused"

    def loses(self) -> bool:
        """Whether copies never arrive."""
        return self._name == "copy-lost"

    def is_stale(self) -> bool:
        """Whether the last of several destinations gets nothing."""
        return self._name == "concurrent"

    def flip(self, found: Any) -> None:  # noqa: ANN401
        """A byte in a thousand is wrong at the destination."""
        if self._name == "copy":
            found[::1000] ^= 1

    def flip_host(self, found: Any) -> None:  # noqa: ANN401
        """A byte in a thousand is wrong on the way back to the host."""
        if self._name == "alone":
            found[::1000] ^= 1

    def slow(self) -> None:
        """Copies crawl."""
        if self._name == "slow":
            time.sleep(_SLOW_SECONDS)

    def late(self, action: Callable[[], None]) -> Callable[[], None]:
        """Small copies take as long as by the host's memory."""
        if self._name != "late":
            return action

        def delayed() -> None:
            time.sleep(_LATE_SECONDS)
            action()

        return delayed

    def miscompute(self, found: Any, *, p2p: bool) -> None:  # noqa: ANN401
        """One sum is wrong: by the GPUs' own paths, or always."""
        if self._name == "collective-always" or (self._name == "collective" and p2p):
            found[0] += 1

    def hang(self, name: str, *, when: bool) -> None:
        """For ever, as a driver does."""
        while self._name == name and when:
            time.sleep(3600)
