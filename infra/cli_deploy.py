"""`infra deploy`: make every node what the inventory promises."""

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from infra import report_deploy, role
from infra.cli import FAILED, OK
from infra.cli_options import (
    chosen_nodes,
    console,
    ready_site,
    refuse_missing_secrets,
    shared,
    stop,
    write_json,
)
from infra.closing import LastWords
from infra.fleet import Options
from infra.fleet import deploy as deploy_nodes
from infra.hanging import Hanging
from infra.ledger import Ledger
from infra.outcome import NodeOutcome
from infra.progress import Lines, Plain, Recorded
from infra.questions import remembered
from infra.site import Node, Site
from infra.targets import TargetError, chosen_roles
from infra.wording import counted


@click.command()
@shared
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would change.")
@click.option("--diff", is_flag=True, help="Show what files would become (or became).")
@click.option("--no-reboot", is_flag=True, help="Fail a node rather than boot it anew.")
@click.option(
    "--reboot-seconds",
    type=click.IntRange(1),
    default=900,
    show_default=True,
    help="Limit for a reboot.",
)
def deploy(
    inventory: Path,
    limit: Sequence[str],
    roles: Sequence[str],
    json_file: str | None,
    parallel: int,
    accept_new_host_keys: bool,
    verbose: bool,
    dry_run: bool,
    diff: bool,
    no_reboot: bool,
    reboot_seconds: int,
) -> None:
    """Make every node of an inventory what it is promised to be."""
    out = console(json_file)
    site = ready_site(inventory, quiet=json_file == "-")
    nodes = chosen_nodes(site, limit)
    refuse_missing_secrets(site, nodes)
    options = Options(
        roles=chosen(roles, nodes),
        parallel=parallel,
        dry_run=dry_run,
        differences=diff,
        may_reboot=not no_reboot,
        reboot_seconds=reboot_seconds,
        accept_new_host_keys=accept_new_host_keys,
    )
    ledger = Ledger(inventory=inventory, command="plan" if dry_run else "deploy")
    outcomes = _run(site, nodes, options=options, ledger=ledger, out=out, verbose=verbose)
    words = [] if dry_run else _last_words(nodes, outcomes, roles=options.roles)
    answered = round(ledger.seconds, 3) if words else None
    content = ledger.close(
        nodes=[outcome.as_json() for outcome in outcomes],
        dry_run=dry_run,
        closing=[word.text for word in words],
        seconds_to_answer=answered,
    )
    for line in report_deploy.summary(site, nodes, outcomes, ledger=ledger, options=options):
        out.print(line)
    for word in words:
        out.print(Hanging(Text(word.text)))
    write_json(content, json_file)
    good = all(done.status == "ok" for done in outcomes) and all(word.ok for word in words)
    sys.exit(OK if good else FAILED)


def chosen(roles: Sequence[str], nodes: Sequence[Node]) -> tuple[str, ...]:
    """The roles asked for; leaves with exit code 2 when one is unknown."""
    try:
        return chosen_roles(roles, nodes)
    except TargetError as wrong:
        stop(str(wrong))


def _run(
    site: Site,
    nodes: Sequence[Node],
    *,
    options: Options,
    ledger: Ledger,
    out: Console,
    verbose: bool,
) -> list[NodeOutcome]:
    memory = remembered(site.file)
    with _progress(out, site, nodes, roles=options.roles, verbose=verbose) as shown:
        echo = (lambda line: out.print(line, markup=False)) if verbose else None
        events = Recorded(shown, log=ledger.log, echo=echo)
        outcomes = deploy_nodes(nodes, options=options, events=events, memory=memory)
    memory.save()
    return outcomes


def _progress(
    out: Console, site: Site, nodes: Sequence[Node], *, roles: Sequence[str], verbose: bool
) -> AbstractContextManager[Lines | Plain]:
    if out.is_terminal and not verbose:
        title = f"{site.name} · {counted(len(nodes), 'node')}"
        return Lines(out, nodes, title=title, roles=roles)
    return Plain(lambda line: out.print(line, markup=False))


def _last_words(
    nodes: Sequence[Node], outcomes: Sequence[NodeOutcome], *, roles: Sequence[str]
) -> list[LastWords]:
    """What roles have to say at the end of a deploy in which every node ended well."""
    if roles or any(outcome.status != "ok" for outcome in outcomes):
        return []
    return [
        closing.last_words(settings)
        for node in nodes
        for name, settings in node.settings.items()
        if (closing := role.load(name).part("closing")) is not None
    ]
