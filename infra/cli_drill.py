"""`infra drill`: rebuild a node from clean, timed, while the others serve."""

import math
import sys
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.text import Text

from infra.balancers import BalancerError
from infra.cli import FAILED, OK
from infra.cli_desk import Desk, desk
from infra.cli_drill_begin import answer, made_ready
from infra.cli_options import basic, refuse_missing_secrets, stop, to_file, write_json
from infra.drill import clearing, ending, plan, proving, rebuilding, report
from infra.drill import running as runs
from infra.drill.abandoning import abandoned
from infra.drill.record import Failure
from infra.drill.work import Drill, Step, went
from infra.files import write_atomic
from infra.hanging import Hanging
from infra.holder import me

STEPS = (
    Step("drain", clearing.leave, again=True),
    Step("wipe", clearing.wipe),
    Step("install", clearing.install),
    Step("reachable", clearing.reach),
    Step("deploy", rebuilding.deploy, timed=False),
    Step("checks", proving.check),
    Step("first token", proving.first_token),
    Step("open", proving.bring_back),
)
"""A drill's steps; the deploy's roles are stages of their own."""


def _finite(context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is no number of minutes")
    return value


@click.command()
@basic
@click.argument("node")
@click.option(
    "--budget-minutes",
    type=click.FloatRange(0, min_open=True),
    callback=_finite,
    help="Within which time it must serve again; else what the inventory says, or 60.",
)
@click.option("--driver", type=click.Choice(plan.DRIVERS), help="Else the one that fits the node.")
@click.option(
    "--drain-seconds",
    type=click.IntRange(0),
    help="How long requests under way may go on; else what the balancer's setting says.",
)
@click.option("-y", "--yes", is_flag=True, help="Wipe the node without asking.")
@click.option("--force", is_flag=True, help="Drill it even when no other node would serve.")
@click.option("--abandon", is_flag=True, help="Give a drill up that did not end.")
@click.option("--markdown", metavar="FILE", callback=to_file, help="Write the record as Markdown.")
@click.option("--html", metavar="FILE", callback=to_file, help="Write a page with a timeline.")
def drill(inventory: Path, node: str, **given: Any) -> None:  # noqa: ANN401
    """Rebuild a node from clean, timed, while the others serve."""
    with desk(inventory, command="drill", given=given) as at:
        found = next((one for one in at.site.nodes if one.name == node), None)
        if found is None or not at.serves(node):
            at.refuse_unknown(node)
        refuse_missing_secrets(at.site, [found])
        try:
            with runs.alone(inventory, node=node):
                if given["abandon"]:
                    _abandon(at, node)
                made = made_ready(at, found, given)
                failure = _worked(made)
                if failure is not None and "drain" not in made.running.done:
                    _not_begun(at, made, failure)
                _end(made, failure, given=given)
        except runs.BusyError as busy:
            stop(str(busy))


def _worked(made: Drill) -> Failure | None:
    try:
        return went(made, STEPS)
    except KeyboardInterrupt:
        node, again = made.node.name, f"infra drill {made.inventory} {made.node.name}"
        text = f"Interrupted at {made.running.at}: {node} stays out of rotation."
        for line in answer(text, f"Go on: {again}; or give it up: {again} --abandon"):
            made.out.print(line)
        sys.exit(FAILED)


def _not_begun(at: Desk, made: Drill, failure: Failure) -> NoReturn:
    """The node could not be taken out: it is left as it was, and no drill of it is recorded."""
    node = made.node.name
    try:
        lines = abandoned(at.balancers, node, inventory=at.inventory, by=made.holder.person)
    except BalancerError:
        again = f"infra drill {at.inventory} {node} --abandon"
        lines = (f"Nothing was wiped; {node} may be held still. To let it serve: {again}",)
    at.end(answer(failure.sentence, *lines), code=FAILED, node=node, error=failure.sentence)


def _end(made: Drill, failure: Failure | None, *, given: dict[str, Any]) -> NoReturn:
    record, remarks = ending.recorded(made, failure)
    if failure is None:
        made.running.forget()
    for line in report.summary(record, inventory=made.inventory):
        made.out.print(line)
    for remark in remarks:
        made.out.print(Hanging(Text(remark, "yellow")))
    _write_pages(record, given)
    made.ledger.close(**{**record, "exit": OK if record["result"] == "ok" else FAILED})
    write_json(record, given["json_file"])
    sys.exit(OK if record["result"] == "ok" else FAILED)


def _write_pages(record: dict[str, Any], given: dict[str, Any]) -> None:
    if given["markdown"] is None and given["html"] is None:
        return
    from infra.page_drill import markdown, page

    for name, text_of in (("markdown", markdown), ("html", page)):
        if given[name] is not None:
            write_atomic(Path(given[name]), text_of(record))


def _abandon(at: Desk, node: str) -> NoReturn:
    lines = abandoned(at.balancers, node, inventory=at.inventory, by=me("infra drill").person)
    at.end(answer(*lines), code=OK, node=node, abandoned=True)
