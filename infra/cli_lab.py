"""`infra lab`: hosts on this machine, and what is simulated about them."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from infra import lock
from infra.cli import OK, refuse
from infra.cli_options import lab_hosts, stop
from infra.lab.shell import LabError
from infra.lab.spec import LabHost
from infra.mistakes import SiteError
from infra.site import load

INVENTORY = Path(__file__).resolve().parent.parent / "inventories" / "lab.py"
_inventory = click.option(
    "--inventory",
    type=click.Path(path_type=Path),
    default=INVENTORY,
    help="Whose hosts; inventories/lab.py when not given.",
)


@click.group()
def lab() -> None:
    """Start, stop and look at hosts on this machine (needs root)."""


@lab.command()
@_inventory
def up(inventory: Path) -> None:
    """Start the hosts of an inventory that are not up."""
    from infra.lab import lab as hosts

    _said(lambda: hosts.up(_hosts(inventory), lock_path=lock.path_of(inventory), say=click.echo))


@lab.command()
def down() -> None:
    """Stop every lab host and free what the lab took; caches stay."""
    from infra.lab import lab as hosts

    _said(lambda: hosts.down(click.echo))


@lab.command()
@click.argument("node")
@_inventory
def reset(node: str, inventory: Path) -> None:
    """Bring one host back to a bare system with new host keys."""
    from infra.lab import lab as hosts

    known = _hosts(inventory)
    _one(node, known, inventory)
    _said(lambda: hosts.reset(node, known, click.echo))


@lab.command()
def status() -> None:
    """Show hosts, services, and everything that is a stand-in."""
    from infra.lab import lab as hosts

    _said(lambda: click.echo(str(hosts.status())))


@lab.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("node")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@_inventory
def ssh(node: str, command: tuple[str, ...], inventory: Path) -> None:
    """Log in to a lab host, or run a command there."""
    from infra.lab import lab as hosts

    argv = [*hosts.ssh_command(_one(node, _hosts(inventory), inventory)), *command]
    os.execvp(argv[0], argv)


@lab.command()
@click.argument("node", required=False)
@click.argument("name", required=False)
@click.option("--off", is_flag=True, help="Take the fault out again.")
@click.option("--list", "listed", is_flag=True, help="Show every fault.")
@_inventory
def fault(node: str | None, name: str | None, off: bool, listed: bool, inventory: Path) -> None:
    """Put a fault into a simulated GPU host, which infra check should then name."""
    from infra.lab import faults

    if listed:
        for known, each in faults.faults().items():
            click.echo(f"{known:26}{each.sentence}")
        sys.exit(OK)
    if node is None or name is None:
        stop("give a host and a fault: infra lab fault NODE NAME; --list shows all faults")
    chosen = _one(node, _hosts(inventory), inventory)
    if off:
        _said(lambda: faults.heal(chosen, name))
    _said(lambda: click.echo(f"{node}: {faults.put(chosen, name)}"))


def _hosts(inventory: Path) -> tuple[LabHost, ...]:
    try:
        return lab_hosts(load(inventory, allow_unlocked=True).nodes)
    except SiteError as wrong:
        refuse(wrong)


def _one(node: str, hosts: tuple[LabHost, ...], inventory: Path) -> LabHost:
    for host in hosts:
        if host.name == node:
            return host
    names = ", ".join(host.name for host in hosts)
    stop(f"{inventory}: no lab host {node}; there are {names}")


def _said(action: Callable[[], object]) -> None:
    try:
        action()
    except LabError as wrong:
        stop(f"lab: {wrong}")
    sys.exit(OK)
