"""What people read of a drain and of its end: one answer, and what to do next."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from infra.balancers import BalancerError
from infra.hanging import Hanging
from infra.report_rotation import held_by
from infra.rotation import Hold, Settled
from infra.wording import counted, duration

Lines = Iterator[RenderableType]


def drained(node: str, settled: Settled, *, limit: int, inventory: Path) -> Lines:
    """What a drain came to within its limit of seconds."""
    if settled.left:
        left = counted(settled.left, "request")
        yield _answer(
            f"{node} still has {left} under way after {limit} s; nothing new reaches it.", ok=False
        )
        longer = f"infra drain {inventory} {node} --seconds {max(2 * limit, 60)}"
        yield Hanging(Text(f"Wait longer: {longer}; or stop it anyway.", "dim"))
    else:
        yield _answer(f"{node} is out of rotation: {_finished(settled)}.", ok=True)
    yield from _back(node, inventory=inventory)


def already_out(node: str, hold: Hold, *, inventory: Path, now: datetime) -> Lines:
    """That a node was out before, and on whose behalf."""
    yield _answer(f"{node} is out of rotation already, {held_by(hold, now=now)}.", ok=True)
    yield from _back(node, inventory=inventory)


def interrupted(node: str, left: int | None, *, inventory: Path) -> Lines:
    """What Ctrl-C left behind: `left` requests under way, None before the node was held."""
    if left is None:
        yield _answer(f"Interrupted while {node} was being taken out of rotation.", ok=False)
        yield Hanging(Text(f"Look where it is: infra rotation {inventory}", "dim"))
        return
    way = f", {counted(left, 'request')} under way" if left else ""
    yield _answer(f"Interrupted: {node} stays held, nothing new reaches it{way}.", ok=False)
    yield Hanging(Text(f"Go on: infra drain {inventory} {node}", "dim"))
    yield from _back(node, inventory=inventory)


def not_drained(
    node: str, problem: BalancerError, *, held: bool, inventory: Path, was_out: bool = False
) -> Lines:
    """Why a node was not taken out, or what became of it after it was held."""
    if held:
        yield _answer(f"{node} was held, but waiting for its requests failed.", ok=False)
    elif was_out:
        yield _answer(f"{node} was held before; that it is out now is not certain.", ok=False)
    elif problem.unsure:
        yield _answer(f"Whether {node} is out of rotation is not known.", ok=False)
    else:
        yield _answer(f"{node} was not taken out of rotation.", ok=False)
    yield Hanging(Text(str(problem)))
    if not held and (was_out or problem.unsure):
        yield Hanging(Text(f"Look where it is: infra rotation {inventory}", "dim"))
    if problem.refused:
        yield Hanging(Text(f"All the same: infra drain {inventory} {node} --force", "dim"))
    if held:
        yield from _back(node, inventory=inventory)


def alone(node: str, model: str, *, inventory: Path) -> Lines:
    """That a node is the only one of its pool."""
    yield _answer(f"{node} is the only node that serves {model}; nothing was changed.", ok=False)
    again = f"Without it every request fails. To drain it all the same: infra drain {inventory}"
    yield Hanging(Text(f"{again} {node} --force", "dim"))


def back_in(node: str, *, was_out: bool, answers: bool, inventory: Path) -> Lines:
    """That a node gets requests, and that its engine does not answer them."""
    again = "again" if was_out else "already"
    if answers:
        yield _answer(f"{node} is in rotation {again}.", ok=True)
        return
    yield _answer(f"{node} is in rotation {again}, but its engine does not answer.", ok=False)
    look = f"infra check {inventory} --limit {node}; infra drain {inventory} {node}"
    yield Hanging(Text(f"Look at it, or take it out: {look}", "dim"))


def still_held(node: str, holds: Sequence[Hold], *, now: datetime) -> Lines:
    """Who else keeps a node out."""
    yield _answer(f"{node} stays out of rotation.", ok=False)
    for hold in holds:
        yield Hanging(Text(f"It is {held_by(hold, now=now)}."))
    yield Hanging(Text("Each hold is lifted by who put it, when its work has ended well.", "dim"))


def let_go(node: str) -> Lines:
    """That nothing holds a node any more that gets no requests anyway."""
    yield _answer(f"{node} is held no more; it is no node of this inventory.", ok=True)


def failed(problem: str) -> Lines:
    """Why balancers could not be asked."""
    yield _answer(problem, ok=False)


def _answer(sentence: str, *, ok: bool) -> Hanging:
    sign = Text("✓", "bold green") if ok else Text("✗", "bold red")
    return Hanging(sign.append(f" {sentence}", "bold default"), first="")


def _back(node: str, *, inventory: Path) -> Lines:
    yield Hanging(Text(f"Back in: infra undrain {inventory} {node}", "dim"))


def _finished(settled: Settled) -> str:
    if not settled.finished:
        return "no request was under way"
    return (
        f"{counted(settled.finished, 'request')} finished in {duration(settled.seconds)}, none cut"
    )
