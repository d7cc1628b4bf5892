"""`infra nightly run`: what the timer starts."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import click

from infra import nightly_reports, place
from infra.cli import FAILED, OK
from infra.cli_options import (
    chosen_nodes,
    console,
    ready_site,
    refuse_missing_secrets,
    refuse_unwritable,
    stop,
)
from infra.files import write_atomic
from infra.nightly_reports import PAGE, BusyError, OthersError

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("inventory", type=click.Path(path_type=Path))
@click.option("--reports", type=_FOLDER, help="Folder of the reports; else infra's own.")
@click.option("--keep-days", type=click.IntRange(1), default=90, show_default=True)
@click.option("--html", "pages", type=_FOLDER, multiple=True, help="Put the newest page there too.")
@click.option("--textfile", type=click.Path(path_type=Path), help="Metrics for a node exporter.")
def run(
    inventory: Path,
    reports: Path | None,
    keep_days: int,
    pages: Sequence[Path],
    textfile: Path | None,
) -> None:
    """Check now as a timer would: every promise, and drift, into the folder of reports."""
    into = (reports or place.of(inventory) / "nightly").absolute()
    refuse_unwritable(into, what=f"reports in {into}")
    refuse_unwritable(place.of(inventory), what="XDG_STATE_HOME, for the log")
    try:
        with nightly_reports.alone(place.of(inventory)):
            nightly_reports.claim(into, inventory=inventory)
            code = _night(inventory, into, pages=pages, textfile=textfile)
            now, age = datetime.now(timezone.utc), timedelta(days=keep_days)
            nightly_reports.forget(into, before=age, now=now)
    except BusyError:
        stop(f"{inventory}: a nightly check is under way; wait for it")
    except OthersError as problem:
        stop(str(problem))
    sys.exit(code)


def _night(inventory: Path, into: Path, *, pages: Sequence[Path], textfile: Path | None) -> int:
    """The exit code of the night's check, whose reports lie in the newest folder then."""
    from infra.cli_check import Check  # needs gevent's patches, which `install` does without

    out = console(None)
    site = ready_site(inventory, quiet=False)
    nodes = chosen_nodes(site, ())
    refuse_missing_secrets(site, nodes)
    check = Check(
        site, nodes, (), out, drift=True, parallel=20, accept_new_host_keys=False, verbose=False
    )
    under_way = nightly_reports.begun(into, started=datetime.now(timezone.utc))
    try:
        check.made(nightly_reports.files(under_way))
    except BaseException:
        shutil.rmtree(under_way, ignore_errors=True)
        raise
    done = nightly_reports.ended(under_way)
    copies = {folder / f"{site.name}.html": done / PAGE for folder in pages}
    copies |= {} if textfile is None else {textfile: done / "report.prom"}
    missing = handed_on(copies)
    click.echo(f"Report: {done / PAGE}")
    return check.exit_code or (FAILED if missing else OK)


def handed_on(copies: Mapping[Path, Path]) -> tuple[Path, ...]:
    """Copy each file from where it lies; gives, and tells of, those that could not be written."""
    missing = []
    for path, source in copies.items():
        try:
            write_atomic(path, source.read_text())
        except OSError as problem:
            missing.append(path)
            click.echo(f"{path}: could not be written: {problem.strerror}", err=True)
    return tuple(missing)
