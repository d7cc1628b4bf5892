"""What a deploy would change on nodes that are being checked: a dry run that prints nothing."""

from collections.abc import Sequence

from rich.console import Console

from infra import drift
from infra.cli_deploy import Run
from infra.drift import Drift
from infra.ledger import Ledger
from infra.site import Node, Site
from infra.verdict import Report
from infra.walk import Options

_SAID = {"yes": True, "max_unavailable": None, "ignore_windows": True}
"""A dry run disrupts nobody: nobody is asked, and no window is waited for."""


def found(
    site: Site,
    nodes: Sequence[Node],
    report: Report,
    *,
    ledger: Ledger,
    roles: Sequence[str],
    parallel: int,
    accept_new: bool,
) -> Drift:
    """The drift of the nodes that a report could ask; the others are said to be unreachable."""
    lost = report.unreachable
    options = Options(
        roles=tuple(roles), parallel=parallel, dry_run=True, accept_new_host_keys=accept_new
    )
    asked = [node for node in nodes if node.name not in lost]
    quiet = Console(quiet=True, force_terminal=False)
    began = ledger.seconds
    run = Run(site, asked, options, ledger, quiet, verbose=False, said=_SAID)
    outcomes = run.deployed().nodes if asked else []
    return drift.of(outcomes, unreachable=lost, seconds=ledger.seconds - began)
