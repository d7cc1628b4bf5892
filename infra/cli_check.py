"""`infra check`: prove every promise of an inventory; nothing is changed."""

import itertools
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from infra import checking, cli_drift, compliance, history, place, report_check
from infra.checking import Checked, Files
from infra.cli_deploy import chosen
from infra.cli_options import (
    chosen_nodes,
    console,
    ready_site,
    refuse_missing_secrets,
    shared,
    stop,
    taking,
    to_file,
    write_json,
)
from infra.drift import Drift
from infra.history import History
from infra.holder import me
from infra.ledger import Ledger
from infra.masked import masked
from infra.progress import told
from infra.site import Node, Site
from infra.verdict import Report
from infra.waived import settled
from infra.wire import Exchange
from infra.wording import counted


def _file(name: str, meaning: str) -> Any:  # noqa: ANN401
    return click.option(f"--{name}", metavar="FILE", callback=to_file, help=meaning)


@click.command()
@shared
@taking(
    _file("junit", "Write JUnit XML."),
    _file("html", "Write one page that needs nothing else."),
    _file("markdown", "Write Markdown."),
    _file("prometheus", "Write metrics for a textfile collector."),
    click.option(
        "--drift/--no-drift",
        default=False,
        help="Say what a deploy would change as well; it leaves the exit code as it is.",
    ),
)
def check(
    inventory: Path,
    limit: Sequence[str],
    roles: Sequence[str],
    json_file: str | None,
    **given: Any,  # noqa: ANN401
) -> None:
    """Prove every promise of an inventory; nothing is changed."""
    kinds = ("junit", "html", "markdown", "prometheus")
    files = Files(**{kind: given.pop(kind) for kind in kinds})
    _refuse_one_file_twice(files, json_file)
    out = console(json_file)
    site = ready_site(inventory, quiet=json_file == "-")
    nodes = chosen_nodes(site, limit)
    refuse_missing_secrets(site, nodes)
    run = Check(site, nodes, chosen(roles, nodes), out, **given)
    content = run.made(files)
    write_json(content, json_file)
    sys.exit(run.exit_code)


def _refuse_one_file_twice(files: Files, json_file: str | None) -> None:
    others = {"json": Path(json_file)} if json_file not in (None, "-") else {}
    options: dict[Path, str] = {}
    for kind, path in {**files.named, **others}.items():
        other = options.setdefault(path.absolute(), kind)
        if other != kind:
            stop(f"--{other} and --{kind}: both name {path}; give each its own file")


class Check:
    """A check of some of a site's nodes, shown while it goes on."""

    def __init__(
        self,
        site: Site,
        nodes: Sequence[Node],
        roles: tuple[str, ...],
        out: Console,
        *,
        drift: bool,
        parallel: int,
        accept_new_host_keys: bool,
        verbose: bool,
    ) -> None:
        """A check of these roles (none named: of all) that has not begun."""
        self.site, self.nodes, self.roles, self.out = site, nodes, roles, out
        self.drift, self.parallel, self.verbose = drift, parallel, verbose
        self.accept_new = accept_new_host_keys
        self.ledger = Ledger(inventory=site.file, command="check")
        self.exit_code = 1

    @property
    def whole(self) -> bool:
        """Whether it judges all that the inventory promises."""
        return len(self.nodes) == len(self.site.nodes) and not self.roles

    def made(self, files: Files) -> dict[str, Any]:
        """Check, print, remember and write what is asked for; gives the JSON."""
        checked = self._checked()
        self.exit_code = checked.report.exit_code
        for line in report_check.summary(
            checked.report,
            self.nodes,
            inventory=self.site.file,
            verbose=self.verbose,
            history=checked.history,
            drift=checked.drift,
        ):
            self.out.print(line)
        content = self.ledger.close(**checked.as_json())  # a full disk loses no verdict
        checking.write(checked, files, content=content)
        return content

    def _checked(self) -> Checked:
        waivers = {node.name: node.waivers for node in self.nodes}
        report = settled(self._judged(), waivers, today=date.today())
        report = replace(report, remarks=tuple(masked(report.remarks)))
        past = place.of(self.site.file) / "history"
        try:
            known = history.remembered(report, folder=past, whole=self.whole)
        except OSError as problem:
            remark = f"{past} could not be written, so nothing is compared: {problem.strerror}"
            known, report = History(), replace(report, remarks=(*report.remarks, remark))
        return Checked(
            report,
            known,
            self._drift(report) if self.drift and not report.interrupted else None,
            waivers,
        )

    def _drift(self, report: Report) -> Drift:
        with self.out.status("Looking what a deploy would change …"):
            return cli_drift.found(
                self.site,
                self.nodes,
                report,
                ledger=self.ledger,
                roles=self.roles,
                parallel=self.parallel,
                accept_new=self.accept_new,
            )

    def _judged(self) -> Report:
        """The report of a run whose round trips are logged; a terminal shows how far it is."""
        with self.out.status(f"Checking {counted(len(self.nodes), 'node')} …") as status:
            fallen = itertools.count(1)
            return compliance.run(
                self.nodes,
                inventory=self.site.file,
                roles=self.roles or None,
                holder=me(f"infra check {self.site.file}"),
                accept_new=self.accept_new,
                parallel=self.parallel,
                on_verdict=lambda verdict: status.update(
                    f"{counted(next(fallen), 'check')} · {verdict.node} · {verdict.role}"
                ),
                listen=self._listen,
            )

    def _listen(self, node: str, exchange: Exchange) -> None:
        for line in told(node, exchange):
            self.ledger.log(line)
            if self.verbose:
                self.out.print(line, markup=False)
