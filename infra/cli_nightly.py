"""`infra nightly`: check an inventory every night, and let mended nodes in, by systemd timers."""

import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from infra import nightly_plan, nightly_reports, nightly_secrets
from infra.cli import OK, UNPROVEN, refuse
from infra.cli_nightly_run import run
from infra.cli_options import stop, to_write
from infra.hooks import HookError
from infra.mistakes import SiteError
from infra.nightly import Nightly, reports_of
from infra.nightly import units as units_of
from infra.nightly_reports import LATEST, PAGE, OthersError
from infra.nightly_systemd import Manager
from infra.site import Site, load
from infra.wording import counted, listed

_inventory = click.argument("inventory", type=click.Path(path_type=Path))
_MEANT = {"0": "all well", "1": "something failed", "2": "did not begin", "3": "not all proven"}
"""What a command's exit code means."""
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group()
def nightly() -> None:
    """Check an inventory every night, by a systemd timer."""


nightly.add_command(run)


@nightly.command()
@_inventory
@click.option("--at", default="02:30", show_default=True, help="When; any calendar of systemd's.")
@click.option("--jitter", default="15m", show_default=True, help="So much later at most.")
@click.option("--reports", type=_FOLDER, help="Folder of the reports; else infra's own.")
@click.option(
    "--keep-days", type=click.IntRange(1), default=90, show_default=True, help="Of reports."
)
@click.option("--html", "pages", type=_FOLDER, multiple=True, help="Put the newest page there too.")
@click.option("--textfile", metavar="FILE", callback=to_write, help="Metrics for a node exporter.")
@click.option("--credential", "given", metavar="NAME=FILE", multiple=True, help="A secret's file.")
@click.option("--on-failure", "hook", metavar="COMMAND", help="Run that when a night fails.")
@click.option(
    "--gate-minutes",
    type=click.IntRange(0),
    default=5,
    show_default=True,
    help="How often `infra gate` lets mended nodes in; 0: never.",
)
def install(inventory: Path, given: Sequence[str], **said: Any) -> None:  # noqa: ANN401
    """Install and start the timers; again to change them. As root they are the machine's."""
    site = _loaded(inventory)
    manager = _manager()
    named = _named(given)
    for name in nightly_secrets.strangers(site, named):
        stop(f"--credential {name}: nothing in {inventory} refers to credential:{name}")
    secrets = nightly_secrets.credentials(site, named, folder=manager.credentials)
    wrong = nightly_secrets.mistakes(site, secrets)
    if wrong:
        refuse(SiteError(wrong))
    for option, kind in (("at", "calendar"), ("jitter", "timespan")):
        problem = manager.refused(kind, said[option])
        if problem is not None:
            stop(f"--{option} {said[option]}: {problem}")
    plan = nightly_plan.planned(site, said, credentials=secrets, system=manager.system)
    _installed(plan, manager)
    _cautions(site, manager)


@nightly.command()
@_inventory
def uninstall(inventory: Path) -> None:
    """Stop the timers and take them away; reports stay."""
    manager = _manager()
    there = _obeyed(lambda: manager.remove(nightly_plan.known(inventory).every_unit))
    click.echo("\n".join(f"removed {manager.folder / name}" for name in there) or "Nothing there.")


@nightly.command()
@_inventory
def status(inventory: Path) -> None:
    """Say when the next night is, how the last one ended, and where its report lies."""
    manager, plan = _manager(), nightly_plan.known(inventory)
    if not (manager.folder / f"{plan.night}.timer").exists():
        click.echo(f"Not installed: infra nightly install {inventory}")
        sys.exit(UNPROVEN)
    for name in (plan.night, plan.gate):
        if (manager.folder / f"{name}.timer").exists():
            click.echo(_obeyed(lambda name=name: _told(name, manager)))
    click.echo(_obeyed(lambda: _report(manager.folder / f"{plan.night}.service")))
    sys.exit(OK)


def _loaded(inventory: Path) -> Site:
    try:
        return load(inventory, allow_unlocked=True)
    except SiteError as wrong:
        refuse(wrong)


def _manager() -> Manager:
    manager = Manager(system=os.geteuid() == 0, home=Path.home())
    problem = manager.silent()
    if problem is not None:
        stop(problem)
    return manager


def _named(given: Sequence[str]) -> dict[str, Path]:
    pairs = [one.partition("=") for one in given]
    for name, _, path in pairs:
        if not path:
            stop(f"--credential {name}: give NAME=FILE")
    return {name: Path(path).absolute() for name, _, path in pairs}


def _installed(plan: Nightly, manager: Manager) -> None:
    units = units_of(plan)
    gone = [name for name in plan.every_unit if name not in units]

    def done() -> None:
        nightly_reports.claim(plan.reports, inventory=plan.inventory)
        manager.remove(gone)
        try:
            manager.install(units, timers=plan.timers)
        except HookError:
            manager.remove(units)
            raise

    _obeyed(done)
    click.echo(f"✓ {plan.inventory} is checked at {plan.at}, up to {plan.jitter} later.")
    click.echo(f"  Reports: {plan.reports / LATEST / PAGE}")
    if plan.gate_minutes:
        minutes = counted(plan.gate_minutes, "minute")
        click.echo(f"  Nodes that pass their checks are let in every {minutes}.")
    for name in units:
        click.echo(f"  {manager.folder / name}")


def _cautions(site: Site, manager: Manager) -> None:
    user, lost = getpass.getuser(), nightly_secrets.without_key(site)
    if not manager.lingers(user):
        click.echo(f"! Runs while {user} is logged in only: sudo loginctl enable-linger {user}")
    if lost:
        what = f"{listed(lost)}: no ssh_key is named, and at night no agent offers one"
        click.echo(f"! {what}; a key in ~/.ssh without a passphrase serves")


def _told(name: str, manager: Manager) -> str:
    timer = manager.shown(f"{name}.timer", "ActiveState", "NextElapseUSecRealtime")
    service = manager.shown(
        f"{name}.service", "ActiveState", "Result", "ExecMainStatus", "ExecMainExitTimestamp"
    )
    begins = timer.get("NextElapseUSecRealtime") or "not by the clock"
    line = f"{name}: {timer.get('ActiveState')}, next {begins}"
    if service.get("ActiveState") == "activating":
        return f"{line}; at work now"
    ended, code = service.get("ExecMainExitTimestamp"), service.get("ExecMainStatus", "")
    if not ended:
        return f"{line}; has not run yet"
    meant = _MEANT.get(code) if service.get("Result") in ("success", "exit-code") else None
    return f"{line}; last {ended}: {meant or service.get('Result')} ({code})"


def _report(service: Path) -> str:
    """Where the newest report lies."""
    reports = reports_of(service.read_text())
    if reports is None:
        return f"Where its reports lie is not said in {service}: install it again"
    page = reports / LATEST / PAGE
    return f"Report: {page}" if page.exists() else f"No report yet; it will be {page}"


def _obeyed(step: Any) -> Any:  # noqa: ANN401
    try:
        return step()
    except (HookError, OthersError) as problem:
        stop(str(problem))
    except OSError as problem:
        stop(f"{problem.filename}: {problem.strerror}")
