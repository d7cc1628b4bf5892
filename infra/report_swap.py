"""What people read of a swap: one answer, with seconds, and how to undo it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from infra.hanging import Hanging
from infra.wording import listed

Lines = Iterator[RenderableType]


@dataclass(frozen=True)
class Timed:
    """How long what took, in seconds; None: it did not come to that."""

    swap: float
    first_token: float
    back: float | None = None


def swapped(
    dead: str, spare: str, timed: Timed, *, on: Sequence[str], inventory: Path, was: bool
) -> Lines:
    """That a spare serves in a node's place."""
    how = "already" if was else f"after {timed.swap:.2f} s"
    yield _answer(f"{spare} serves in the place of {dead} {how}, on {listed(list(on))}.", ok=True)
    yield Hanging(Text(f"It answers: first token after {timed.first_token:.2f} s. {dead} is out."))
    yield Hanging(Text(f"Undo it: infra swap {inventory} {dead} --back", "dim"))


def rehearsed(dead: str, spare: str, timed: Timed) -> Lines:
    """That a spare could take a node's place, and how long it and the way back took."""
    yield _answer(
        f"{spare} can take the place of {dead}: it did within {timed.swap:.2f} s, answered "
        f"(first token after {timed.first_token:.2f} s), and was back within {timed.back:.2f} s.",
        ok=True,
    )


def back(dead: str, spare: str | None, seconds: float, *, owners: Sequence[str]) -> Lines:
    """That a node has its place again."""
    if spare is None:
        yield _answer(f"No spare serves in the place of {dead}; nothing to undo.", ok=True)
        return
    yield _answer(f"{spare} stands by again, after {seconds:.2f} s.", ok=True)
    if owners:
        yield Hanging(Text(f"{dead} is still held by {listed(list(owners))}: infra rotation"))


def failed(dead: str, spare: str, why: str, *, undone: bool) -> Lines:
    """Why a spare does not serve in a node's place."""
    yield _answer(f"{spare} does not take the place of {dead}: {why}.", ok=False)
    if undone:
        yield Hanging(Text("The swap was undone: rotation is as it was.", "dim"))


def _answer(text: str, *, ok: bool) -> Hanging:
    sign = Text("✓", "green") if ok else Text("✗", "bold red")
    return Hanging(sign.append(f" {text}", "bold default"), first="")
