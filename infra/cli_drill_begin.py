"""The beginning of `infra drill`: whether it may begin, and where one that did not end goes on."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import click
from rich.text import Text

from infra import balancers, hooks
from infra.cli import FAILED
from infra.cli_desk import Desk
from infra.cli_options import stop
from infra.drill import beginning, losses, plan
from infra.drill import running as runs
from infra.drill.work import Drill
from infra.hanging import Hanging
from infra.holder import Holder, me
from infra.rotator import Seen
from infra.session import Session
from infra.site import Node
from infra.wording import duration


def made_ready(at: Desk, node: Node, given: dict[str, Any]) -> Drill:
    """A drill that may begin, or go on; leaves where it may not."""
    planned, driver = _planned(at, node, given)
    left = _left(at, node)
    holder = me(f"infra drill {at.inventory} {node.name}")
    if left is None or left.is_whole:
        own = () if left is None else left.own
        _refuse(at, node, given, own=own)
        _ask(at, node, driver=driver, yes=given["yes"])
        _refuse_others(at, node, own=own)  # somebody may have begun while we waited
    running = left or runs.begun(at.inventory, node=node.name, by=holder.person)
    made = _made(at, node, planned=(planned, driver), running=running, holder=holder, given=given)
    if left is None:
        _mark(made)
    else:
        _tell_taken_up(made)
    return made


def _made(
    at: Desk,
    node: Node,
    *,
    planned: tuple[plan.Plan, plan.Driver],
    running: runs.Running,
    holder: Holder,
    given: dict[str, Any],
) -> Drill:
    policy, ledger = balancers.policy(at.site), at.ledger
    if ledger is None:
        raise TypeError("a drill has a ledger")
    return Drill(
        site=at.site,
        node=node,
        plan=planned[0],
        driver=planned[1],
        running=running,
        balancers=at.balancers,
        ledger=ledger,
        out=at.out,
        holder=holder,
        drain_seconds=(
            policy.drain_seconds if given["drain_seconds"] is None else given["drain_seconds"]
        ),
        keep=0 if given["force"] else 1,
        verbose=given["verbose"],
    )


def _planned(at: Desk, node: Node, given: dict[str, Any]) -> tuple[plan.Plan, plan.Driver]:
    found = plan.of(node)
    if given["budget_minutes"] is not None:
        found = replace(found, budget_seconds=60.0 * given["budget_minutes"])
    try:
        return found, plan.driver(node, plan=found, asked=given["driver"], inventory=at.inventory)
    except plan.PlanError as wrong:
        stop(str(wrong))


def _left(at: Desk, node: Node) -> runs.Running | None:
    """The drill to take up, its program ended; one that was given up elsewhere is forgotten."""
    left = runs.left(at.inventory, node=node.name)
    if left is None:
        return None
    hooks.end_left(left.hook)
    if not beginning.given_up(left, seen=at.balancers.rotation()):
        return left
    left.forget()
    ago = duration(left.seconds)
    at.out.print(
        f"{node.name}: the drill of {left.by} that began {ago} ago was given up elsewhere, "
        "for it holds the node no more; this one begins anew."
    )
    return None


def _refuse(at: Desk, node: Node, given: dict[str, Any], *, own: Collection[str]) -> None:
    """Leave where the node may not be drilled now; nothing was touched."""
    seen = _refuse_others(at, node, own=own)
    model = beginning.alone(node.name, pools=at.pools, seen=seen)
    if model is not None and not given["force"]:
        text = f"{node.name} is the last healthy node that serves {model}; nothing was changed."
        all_the_same = f"To drill it all the same: infra drill {at.inventory} {node.name} --force"
        at.end(answer(text, all_the_same), code=FAILED, node=node.name, alone=model)
    asked = Session(node)
    busy = beginning.deploying(asked, remarks=asked.remarks)
    if busy is not None:
        stop(f"{busy}; drill it afterwards")


def _refuse_others(at: Desk, node: Node, *, own: Collection[str]) -> Seen:
    """Leave where a drill holds the node that nobody of `own` began; else who gets requests."""
    seen = at.balancers.rotation(probe=True)
    other = beginning.others_drill(node.name, seen=seen, own=own)
    if other is not None:
        stop(
            f"{node.name}: a drill of {other.by} holds it since {other.since}, and this machine "
            f"knows nothing of it; go on there, or give it up: "
            f"infra drill {at.inventory} {node.name} --abandon"
        )
    return seen


def _ask(at: Desk, node: Node, *, driver: plan.Driver, yes: bool) -> None:
    """A host of the lab holds nothing that is missed; anything else is asked about."""
    if yes or (driver.name == "lab" and not at.out.is_terminal):
        return
    if not at.out.is_terminal:
        stop(f"{node.name} would be wiped, and nobody can be asked here; give --yes")
    which = f"{node.name} ({node.address})"
    question = f"{which} leaves rotation and is wiped: all that is on it is lost. Go on?"
    if not click.confirm(question, err=at.json_file == "-"):
        stop("Nothing was touched.")


def _mark(made: Drill) -> None:
    nodes = balancers.of(made.site)
    made.running.marks = losses.marks(nodes, connect=made.session)
    seen = made.balancers.rotation()
    made.running.held_before = beginning.owners(made.node.name, seen=seen)
    made.running.save()


def _tell_taken_up(made: Drill) -> None:
    if made.running.ended:
        text = "had ended, and was not recorded: its record follows"
        made.out.print(f"{made.running.node}: the drill of {made.running.by} {text}")
        return
    running = runs.taken_up(made.running)
    gap = running.taken_up[-1]
    made.out.print(
        f"{running.node}: the drill of {running.by} that began {duration(gap.at)} ago is taken up "
        f"at {gap.stage or 'its beginning'}."
    )


def answer(head: str, *more: str) -> Sequence[Hanging]:
    """A sentence in bold, and what else there is to say."""
    return [Hanging(Text(head, "bold"), first=""), *(Hanging(Text(line)) for line in more)]
