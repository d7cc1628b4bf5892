"""`infra check`: prove every promise of an inventory; nothing is changed."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from infra import compliance, report_check
from infra.cli_deploy import chosen
from infra.cli_options import chosen_nodes, console, ready_site, shared, write_json
from infra.files import write_atomic


@click.command()
@shared
@click.option("--junit", "junit_file", type=click.Path(path_type=Path), help="Write JUnit XML.")
def check(
    inventory: Path,
    limit: Sequence[str],
    roles: Sequence[str],
    json_file: str | None,
    junit_file: Path | None,
    parallel: int,
    accept_new_host_keys: bool,
    verbose: bool,
) -> None:
    """Prove every promise of an inventory; nothing is changed."""
    out = console(json_file)
    site = ready_site(inventory, say=lambda line: out.print(line, style="dim"))
    nodes = chosen_nodes(site, limit)
    report = compliance.run(
        nodes,
        inventory=inventory,
        roles=chosen(roles, nodes) or None,
        accept_new=accept_new_host_keys,
        parallel=parallel,
    )
    for line in report_check.summary(report, nodes, inventory=inventory, verbose=verbose):
        out.print(line)
    write_json(report.as_json(), json_file)
    if junit_file is not None:
        write_atomic(junit_file, report_check.junit(report))
    sys.exit(report.exit_code)
