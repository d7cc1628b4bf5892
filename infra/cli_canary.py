"""`infra canary`: a node gets a share of requests before it is one of all."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import click

from infra import canary as canaries
from infra import golden, report_canary
from infra.canary import Compared
from infra.canary_rehearsal import rehearsed
from infra.cli import FAILED, OK, refuse
from infra.cli_desk import Desk, desk
from infra.cli_options import basic, stop
from infra.golden import Prompt
from infra.holder import me
from infra.mistakes import SiteError
from infra.rotation import Canary, holds_of


@click.group()
def canary() -> None:
    """Give a node a share of requests before it is one of all."""


@canary.command(name="set")
@basic
@click.argument("node")
@click.option(
    "--share",
    type=click.FloatRange(0.01, 100),
    default=5,
    show_default=True,
    help="Per cent of its pool's requests.",
)
@click.option(
    "--endpoint",
    "endpoints",
    multiple=True,
    metavar="PATH",
    help="Only requests to this path, e.g. /v1/embeddings; may be given again.",
)
def set_(
    inventory: Path,
    node: str,
    share: float,
    endpoints: tuple[str, ...],
    **given: Any,  # noqa: ANN401
) -> None:
    """Take a node out of its pool and give it a share of the requests."""
    wrong = [path for path in endpoints if not path.startswith("/")]
    if wrong:
        stop(f"--endpoint {wrong[0]}: is no path; give one like /v1/embeddings")
    with desk(inventory, command="canary set", given=given) as at:
        if not at.serves(node):
            at.refuse_unknown(node)
        at.views(node)  # before the first deploy there is nothing to be done
        by = _by(inventory, "set")
        at.balancers.canary_set(node, share=share, endpoints=endpoints, by=by)
        made, holds = _standing(at, node), holds_of(at.views(node).values())
        lines = report_canary.is_set(
            made, inventory=inventory, holds=holds, now=datetime.now(timezone.utc)
        )
        at.end(lines, code=OK, **asdict(made), holds=[asdict(hold) for hold in holds])


@canary.command()
@basic
@click.argument("node")
@click.option("--reason", default="aborted by hand", show_default=True, help="Shown to others.")
def abort(inventory: Path, node: str, reason: str, **given: Any) -> None:  # noqa: ANN401
    """Send a canary nothing any more; it stays out until it is set again."""
    with desk(inventory, command="canary abort", given=given) as at:
        _standing(at, node)
        at.balancers.canary_abort(node, reason=reason, by=_by(inventory, "abort"))
        serves = at.serves(node)
        aborted = report_canary.aborted(node, inventory=inventory)
        at.end(aborted if serves else report_canary.forgotten(node), code=OK, node=node)


@canary.command()
@basic
def show(inventory: Path, **given: Any) -> None:  # noqa: ANN401
    """Show which nodes are canaries, and what share each gets."""
    with desk(inventory, command="rotation", given=given) as at:
        found = {name: told.canaries for name, told in at.balancers.told().items()}
        said = {
            name: {model: asdict(one) for model, one in by_model.items()}
            for name, by_model in found.items()
        }
        lines = report_canary.shown(found, now=datetime.now(timezone.utc))
        at.end(lines, code=OK, balancers=said)


@canary.command()
@basic
@click.argument("node")
@click.option(
    "--golden",
    "golden_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Golden prompts; INVENTORY's name with .golden.yaml when not given.",
)
@click.option("--force", is_flag=True, help="Promote it whatever its answers are like.")
def promote(
    inventory: Path,
    node: str,
    golden_file: Path | None,
    force: bool,
    **given: Any,  # noqa: ANN401
) -> None:
    """Make a canary one of its pool when its answers are as good as the golden prompts ask."""
    path = golden.path_of(inventory) if golden_file is None else golden_file
    prompts = _prompts(path, asked_for=golden_file is not None)
    with desk(inventory, command="canary promote", given=given) as at:
        standing = _standing(at, node)
        if not at.serves(node):
            stop(
                f"{node}: no node of this inventory any more: infra canary abort {inventory} {node}"
            )
        compared = rehearsed(at, node, prompts)
        _refuse_unproven(at, node, compared, path=path, force=force)
        at.balancers.canary_promote(node, by=_by(inventory, "promote"))
        forced = not compared or any(one.falls_short for one in compared)
        lines = report_canary.promoted(node, compared=compared, forced=forced)
        kept = [canaries.record(one) for one in compared]
        at.end(lines, code=OK, node=node, share=standing.share, golden=kept, promoted=True)


def _prompts(path: Path, *, asked_for: bool) -> tuple[Prompt, ...]:
    if not asked_for and not path.exists():
        return ()
    try:
        return golden.load(path)
    except SiteError as wrong:
        refuse(wrong)


def _standing(at: Desk, node: str) -> Canary:
    """What a canary gets; leaves with exit code 2 when it is none on any balancer."""
    found = [one for told in at.balancers.told().values() for one in told.canaries.values()]
    mine = [one for one in found if one.node == node]
    if not mine and not at.serves(node):
        at.refuse_unknown(node)
    if not mine:
        stop(f"{node}: is no canary; first: infra canary set {at.inventory} {node} --share 5")
    return mine[0]


def _refuse_unproven(
    at: Desk, node: str, compared: Sequence[Compared], *, path: Path, force: bool
) -> None:
    """Leave with exit code 1 when a canary's answers fall short or there are none."""
    if force:
        return
    kept = [canaries.record(one) for one in compared]
    if not compared:
        why = f"no golden prompt is to be put to it ({path})"
        mend = "Write some there: - {name: capital, prompt: …, expect: {contains: Paris}}"
        lines = report_canary.without_proof(node, why, inventory=at.inventory, mend=mend)
        at.end(lines, code=FAILED, node=node, golden=kept, promoted=False)
    if any(one.falls_short for one in compared):
        lines = report_canary.refused(node, compared, inventory=at.inventory)
        at.end(lines, code=FAILED, node=node, golden=kept, promoted=False)


def _by(inventory: Path, word: str) -> str:
    return me(f"infra canary {word} {inventory}").person
