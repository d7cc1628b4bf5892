"""`infra deploy`: make every node what the inventory promises."""

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.text import Text

from infra import cautions, fleet, report_deploy, role
from infra.cli import FAILED, OK, WRONG
from infra.cli_options import (
    chosen_nodes,
    console,
    ready_site,
    refuse_missing_secrets,
    shared,
    stop,
    write_json,
)
from infra.cli_wave import disrupting, wave
from infra.closing import LastWords
from infra.fleet import Deployed
from infra.hanging import Hanging
from infra.holder import me
from infra.ledger import Ledger
from infra.outcome import NodeOutcome
from infra.progress import Lines, Recorded
from infra.progress_plain import Plain
from infra.questions import remembered
from infra.site import Node, Site
from infra.targets import TargetError, chosen_roles
from infra.walk import Options
from infra.wording import counted


@click.command()
@shared
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would change.")
@click.option("--diff", is_flag=True, help="Show what files would become (or became).")
@disrupting
@click.option("--no-reboot", is_flag=True, help="Fail a node rather than boot it anew.")
@click.option(
    "--reboot-seconds",
    type=click.IntRange(1),
    default=900,
    show_default=True,
    help="Limit for a reboot.",
)
@click.option(
    "--connect-seconds",
    type=click.IntRange(0),
    default=20,
    show_default=True,
    help="How long a host that takes no connection is tried again: it may be booting.",
)
def deploy(
    inventory: Path,
    limit: Sequence[str],
    roles: Sequence[str],
    json_file: str | None,
    verbose: bool,
    **given: Any,  # noqa: ANN401
) -> None:
    """Make every node of an inventory what it is promised to be."""
    out = console(json_file)
    site = ready_site(inventory, quiet=json_file == "-")
    nodes = chosen_nodes(site, limit)
    refuse_missing_secrets(site, nodes)
    _tell_cautions(site, nodes, out=out)
    options = _options(given, roles=chosen(roles, nodes))
    ledger = Ledger(inventory=inventory, command="plan" if options.dry_run else "deploy")
    run = Run(site, nodes, options, ledger, out, verbose=verbose, said=given)
    deployed = run.deployed()
    if deployed.held:
        _leave_alone(deployed.held)
    words = [] if options.dry_run else _last_words(nodes, deployed.nodes, roles=options.roles)
    content = _closed(ledger, deployed, words, dry_run=options.dry_run)
    for line in report_deploy.summary(site, nodes, deployed, ledger=ledger, options=options):
        out.print(line)
    for word in words:
        out.print(Hanging(Text(word.text)))
    write_json(content, json_file)
    good = all(done.status == "ok" for done in deployed.nodes) and all(word.ok for word in words)
    sys.exit(OK if good else FAILED)


def _closed(
    ledger: Ledger, deployed: Deployed, words: Sequence[LastWords], *, dry_run: bool
) -> dict[str, Any]:
    """What a deploy came to, as JSON, kept in its ledger."""
    return ledger.close(
        nodes=[outcome.as_json() for outcome in deployed.nodes],
        dry_run=dry_run,
        timeline=[asdict(moment) for moment in deployed.moments],
        closing=[word.text for word in words],
        seconds_to_answer=round(ledger.seconds, 3) if words else None,
    )


def _tell_cautions(site: Site, nodes: Sequence[Node], *, out: Console) -> None:
    names = {node.name for node in nodes}
    for caution in cautions.of(site):
        if caution.host in names:
            out.print(Hanging(Text(f"! {caution}", "yellow"), first=""))


def _leave_alone(held: Sequence[str]) -> NoReturn:
    """Say who else is deploying, and leave with exit code 2; the last run's record stays."""
    for sentence in held:
        click.echo(sentence, err=True)
    click.echo("Nothing was touched.", err=True)
    sys.exit(WRONG)


def _options(given: dict[str, Any], *, roles: tuple[str, ...]) -> Options:
    return Options(
        roles=roles,
        parallel=given["parallel"],
        dry_run=given["dry_run"],
        differences=given["diff"],
        may_reboot=not given["no_reboot"],
        reboot_seconds=given["reboot_seconds"],
        connect_seconds=given["connect_seconds"],
        accept_new_host_keys=given["accept_new_host_keys"],
    )


def chosen(roles: Sequence[str], nodes: Sequence[Node]) -> tuple[str, ...]:
    """The roles asked for; leaves with exit code 2 when one is unknown."""
    try:
        return chosen_roles(roles, nodes)
    except TargetError as wrong:
        stop(str(wrong))


@dataclass(frozen=True)
class Run:
    """A deploy of some of a site's nodes, shown while it goes on."""

    site: Site
    nodes: Sequence[Node]
    options: Options
    ledger: Ledger
    out: Console
    verbose: bool
    said: dict[str, Any]
    """What the command line says about disruptions."""

    def deployed(self) -> Deployed:
        """What became of every node; what was asked of each is remembered."""
        memory, holder = remembered(self.site.file), me(f"infra deploy {self.site.file}")
        with self._progress() as shown:
            events = Recorded(shown, log=self.ledger.log, echo=self._echo if self.verbose else None)
            made = wave(
                self.site,
                self.nodes,
                out=self.out,
                shown=shown,
                said=self.said,
                holder=holder,
                accept_new=self.options.accept_new_host_keys,
                hear=events.exchange,
                note=events.note,
            )
            done = fleet.deploy(
                self.nodes,
                options=self.options,
                events=events,
                memory=memory,
                wave=made,
                holder=holder,
                inventory=str(self.site.file),
            )
        memory.save()
        return done

    def _echo(self, line: str) -> None:
        self.out.print(line, markup=False)

    def _progress(self) -> AbstractContextManager[Lines | Plain]:
        if self.out.is_terminal and not self.verbose:
            title = f"{self.site.name} · {counted(len(self.nodes), 'node')}"
            return Lines(self.out, self.nodes, title=title, roles=self.options.roles)
        return Plain(self._echo, self.nodes)


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
