"""`infra check`: prove every promise of an inventory; nothing is changed."""

import itertools
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from infra import compliance, report_check
from infra.cli_deploy import chosen
from infra.cli_options import (
    chosen_nodes,
    console,
    ready_site,
    refuse_missing_secrets,
    shared,
    to_write,
    write_json,
)
from infra.files import write_atomic
from infra.holder import me
from infra.ledger import Ledger
from infra.progress import told
from infra.site import Node
from infra.verdict import Report
from infra.wire import Exchange
from infra.wording import counted


@click.command()
@shared
@click.option("--junit", "junit_file", metavar="FILE", callback=to_write, help="Write JUnit XML.")
def check(
    inventory: Path,
    limit: Sequence[str],
    roles: Sequence[str],
    json_file: str | None,
    junit_file: str | None,
    parallel: int,
    accept_new_host_keys: bool,
    verbose: bool,
) -> None:
    """Prove every promise of an inventory; nothing is changed."""
    out = console(json_file)
    site = ready_site(inventory, quiet=json_file == "-")
    nodes = chosen_nodes(site, limit)
    refuse_missing_secrets(site, nodes)
    ledger = Ledger(inventory=inventory, command="check")
    report = _judged(
        nodes,
        out=out,
        ledger=ledger,
        roles=chosen(roles, nodes) or None,
        accept_new=accept_new_host_keys,
        parallel=parallel,
        verbose=verbose,
    )
    content = ledger.close(**report.as_json())
    for line in report_check.summary(report, nodes, inventory=inventory, verbose=verbose):
        out.print(line)
    write_json(content, json_file)
    if junit_file is not None:
        write_atomic(Path(junit_file), report_check.junit(report))
    sys.exit(report.exit_code)


def _judged(
    nodes: Sequence[Node],
    *,
    out: Console,
    ledger: Ledger,
    roles: tuple[str, ...] | None,
    accept_new: bool,
    parallel: int,
    verbose: bool,
) -> Report:
    """The report of a run whose round trips are logged; a terminal shows how far it is."""

    def listen(node: str, exchange: Exchange) -> None:
        for line in told(node, exchange):
            ledger.log(line)
            if verbose:
                out.print(line, markup=False)

    with out.status(f"Checking {counted(len(nodes), 'node')} …") as status:
        fallen = itertools.count(1)
        return compliance.run(
            nodes,
            inventory=ledger.inventory,
            roles=roles,
            holder=me(f"infra check {ledger.inventory}"),
            accept_new=accept_new,
            parallel=parallel,
            on_verdict=lambda verdict: status.update(
                f"{counted(next(fallen), 'check')} · {verdict.node} · {verdict.role}"
            ),
            listen=listen,
        )
