"""`infra drain`, `infra undrain`, `infra rotation`: who gets requests."""

from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NoReturn

import click

from infra import balancers, report_drain, report_rotation
from infra.cli import FAILED, OK
from infra.cli_desk import Desk, desk
from infra.cli_options import basic
from infra.draining import Drain, owned
from infra.holder import me
from infra.rotation import OPERATOR, Hold, holds_of
from infra.wording import counted


@click.command()
@basic
@click.argument("node")
@click.option("--reason", default="drained by hand", show_default=True, help="Shown to others.")
@click.option(
    "--seconds",
    type=click.IntRange(0),
    help="How long requests under way may go on; else what the balancer's setting says.",
)
@click.option("--force", is_flag=True, help="Take it out even when no other node is left.")
def drain(
    inventory: Path,
    node: str,
    reason: str,
    seconds: int | None,
    force: bool,
    **given: Any,  # noqa: ANN401
) -> None:
    """Take a node out of rotation; what is under way there may finish."""
    with desk(inventory, command="drain", given=given) as at:
        if not at.serves(node):
            at.refuse_unknown(node)
        views = at.views(node).values()
        before, flying = owned(views), sum(one.in_flight for one in views)
        if not before and not force:
            _refuse_alone(at, node)
        limit = balancers.policy(at.site).drain_seconds if seconds is None else seconds
        work = Drain(at.balancers, node, seconds=limit, keep=0 if force else 1)
        with at.out.status(_waiting(node, flying)) as status:
            work.hear = lambda left: status.update(_waiting(node, left))
            whole = work.run(
                reason=reason if before is None else before.reason,
                by=me(f"infra drain {inventory}").person if before is None else before.by,
            )
        if not whole:
            lines = report_drain.interrupted(node, work.left, inventory=inventory)
            at.end(lines, code=FAILED, node=node, left=work.left, interrupted=True)
        _tell(at, work, before=before)


def _refuse_alone(at: Desk, node: str) -> None:
    alone = [model for model, members in at.pools.items() if tuple(members) == (node,)]
    if alone:
        lines = report_drain.alone(node, alone[0], inventory=at.inventory)
        at.end(lines, code=FAILED, node=node, alone=alone)


def _tell(at: Desk, work: Drain, *, before: Hold | None) -> NoReturn:
    settled, node = work.settled, work.node
    if work.problem is not None:
        lines = report_drain.not_drained(
            node,
            work.problem,
            held=work.left is not None,
            was_out=before is not None,
            inventory=at.inventory,
        )
        at.end(lines, code=FAILED, node=node, error=str(work.problem))
    if before is not None and settled.finished == settled.left == 0:
        now = datetime.now(timezone.utc)
        lines = report_drain.already_out(node, before, inventory=at.inventory, now=now)
    else:
        lines = report_drain.drained(node, settled, limit=work.seconds, inventory=at.inventory)
    at.end(lines, code=FAILED if settled.left else OK, node=node, **asdict(settled))


@click.command()
@basic
@click.argument("node")
def undrain(inventory: Path, node: str, **given: Any) -> None:  # noqa: ANN401
    """Lift a drain: the node gets requests again unless something else holds it."""
    with desk(inventory, command="undrain", given=given) as at:
        if not at.serves(node):
            _undrain_stray(at, node)
        before = holds_of(at.views(node).values())
        if any(hold.owner == OPERATOR for hold in before):
            at.balancers.lift(node, owner=OPERATOR)
        seen = at.views(node, probe=True).values()
        holds, answers = holds_of(seen), all(one.answers is not False for one in seen)
        if holds:
            lines = report_drain.still_held(node, holds, now=datetime.now(timezone.utc))
        else:
            lines = report_drain.back_in(
                node, was_out=bool(before), answers=answers, inventory=inventory
            )
        kept = [asdict(hold) for hold in holds]
        code = OK if answers and not holds else FAILED
        at.end(lines, code=code, node=node, holds=kept, answers=answers)


def _undrain_stray(at: Desk, node: str) -> NoReturn:
    """A node that is none of the inventory any more may be held still."""
    holds = at.strays().get(node)
    if holds is None:
        at.refuse_unknown(node)
    if any(hold.owner == OPERATOR for hold in holds):
        at.balancers.lift(node, owner=OPERATOR)
        holds = at.strays().get(node, ())
    now, kept = datetime.now(timezone.utc), [asdict(hold) for hold in holds]
    lines = report_drain.still_held(node, holds, now=now) if holds else report_drain.let_go(node)
    at.end(lines, code=FAILED if holds else OK, node=node, holds=kept, answers=None)


@click.command()
@basic
@click.option(
    "--probe/--no-probe",
    default=True,
    show_default=True,
    help="Ask every engine whether it is healthy.",
)
def rotation(inventory: Path, probe: bool, **given: Any) -> None:  # noqa: ANN401
    """Show which nodes get requests, what is under way, and what holds the others."""
    with desk(inventory, command="rotation", given=given) as at:
        seen = at.balancers.rotation(probe=probe)
        lines = report_rotation.summary(
            seen, inventory=inventory, pools=at.pools, now=datetime.now(timezone.utc)
        )
        agreed = not report_rotation.disagreements(report_rotation.members(seen, pools=at.pools))
        said = {
            name: {node: asdict(one) for node, one in nodes.items()} for name, nodes in seen.items()
        }
        at.end(lines, code=OK if agreed else FAILED, balancers=said, agree=agreed)


def _waiting(node: str, left: int) -> str:
    return f"{node} leaves rotation, {counted(left, 'request')} under way …"
