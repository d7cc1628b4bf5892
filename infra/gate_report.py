"""What people read of a pass over nodes that their gate keeps out."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from infra.gate_pass import Passed
from infra.hanging import Hanging

Lines = Iterator[RenderableType]


def nobody() -> Lines:
    """That no node waits at its gate."""
    yield _answer("No node is kept out by its gate.", ok=True)


def summary(passed: Sequence[Passed], *, inventory: Path, remarks: Sequence[str] = ()) -> Lines:
    """Who came in and why the others did not, with what to do."""
    for one in passed:
        yield from _told(one)
    for remark in remarks:
        yield Hanging(Text(remark, "yellow"))
    failed = [one.node for one in passed if not one.open]
    if failed:
        names = " ".join(f"--limit {name}" for name in failed)
        yield Hanging(Text(f"Look closer: infra check {inventory} {names}", "dim"))
        yield Hanging(Text("Mended, they come in by themselves at the next pass.", "dim"))


def _told(one: Passed) -> Lines:
    anew = " (deployed to prove it anew)" if one.deployed else ""
    if not one.open:
        yield _answer(f"{one.node} stays out of rotation: {one.why}{anew}", ok=False)
    elif one.held:
        yield _answer(f"{one.node} is proven{anew}, and stays out: {one.held}", ok=True)
    else:
        yield _answer(f"{one.node} is in rotation again: {one.why}{anew}", ok=True)


def _answer(sentence: str, *, ok: bool) -> Hanging:
    sign = Text("✓", "bold green") if ok else Text("✗", "bold red")
    return Hanging(sign.append(f" {sentence}", "bold default"), first="")
