"""A drill given up: a node that was not wiped yet serves again; another waits for its deploy."""

from pathlib import Path

from infra import hooks, rotator
from infra.balancers import Balancers
from infra.drill import running as runs
from infra.drill.beginning import given_up, others_drill
from infra.drill.running import Running
from infra.drill.work import OWNER
from infra.rotator import Seen


def abandoned(balancers: Balancers, node: str, *, inventory: Path, by: str) -> tuple[str, ...]:
    """What became of the node, in sentences."""
    running = runs.left(inventory, node=node)
    seen = balancers.rotation() if balancers else {}
    held = others_drill(node, seen=seen)
    if running is None and held is None:
        return (f"{node}: no drill to give up; nothing was changed.",)
    if running is not None and held is None and given_up(running, seen=seen):
        _forget(running)
        return (f"{node}: no drill holds it any more; what was left of it here is forgotten.",)
    whole = _is_whole(running, node, seen=seen)
    if held is not None:
        _let_go(balancers, node, by=by, whole=whole)
    _forget(running)
    if whole:
        return (f"{node}: nothing was wiped; the drill is given up, and holds it no more.",)
    return (
        f"{node}: the drill is given up; it stays out of rotation.",
        f"It may be half built. This makes it what it is promised to be, and lets it serve: "
        f"infra deploy {inventory} --limit {node}",
    )


def _is_whole(running: Running | None, node: str, *, seen: Seen) -> bool:
    """Whether nothing was wiped yet: nobody here knows that of another's drill."""
    if running is None or not running.is_whole:
        return False
    return others_drill(node, seen=seen, own=running.own) is None


def _let_go(balancers: Balancers, node: str, *, by: str, whole: bool) -> None:
    """A deploy lifts the holds that deploys left over once the node completes a token."""
    if not whole:
        reason = "a drill was given up here"
        balancers.hold(node, owner=rotator.OWNER, reason=reason, by=by)
    balancers.lift(node, owner=OWNER)


def _forget(running: Running | None) -> None:
    if running is not None:
        hooks.end_left(running.hook)
        running.forget()
