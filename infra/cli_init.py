"""`infra init user@host`: reads a host and writes a first inventory for it."""

import sys
from pathlib import Path

import click

from infra.cli import FAILED, OK
from infra.cli_options import stop
from infra.connection import connection_of, opened
from infra.files import write_atomic
from infra.firstlook import Look, inventory_text, target_of
from infra.runner import ConnectError, look_at
from infra.wire import Wire


@click.command()
@click.argument("target", metavar="USER@HOST[:PORT]")
@click.option("--name", help="Its name in the inventory; its own host name when not given.")
@click.option("--out", type=click.Path(path_type=Path), help="inventories/NAME.py when not given.")
@click.option("--key", help="Private key file; agent and default keys when not given.")
@click.option("--accept-new-host-keys", is_flag=True, help="Pin its host key at first contact.")
def init(
    target: str, name: str | None, out: Path | None, key: str | None, accept_new_host_keys: bool
) -> None:
    """Read a host and write a first inventory for it; nothing on the host is changed."""
    try:
        login = target_of(target, key=key)
    except ValueError as wrong:
        stop(str(wrong))
    path = out or Path("inventories") / f"{name or login['ssh_hostname']}.py"
    if path.exists():
        stop(f"{path}: exists already; choose another with --out")
    look = _look(login, path=path, accept_new=accept_new_host_keys)
    write_atomic(path, inventory_text(look, login=login, name=name or look.hostname))
    for line in look.summary():
        click.echo(line)
    click.echo(f"Wrote {path}. Fill in what it marks, then: infra validate {path}")
    sys.exit(OK)


def _look(login: dict[str, object], *, path: Path, accept_new: bool) -> Look:
    data = opened(connection_of(login, inventory=path))
    if accept_new:
        data["ssh_strict_host_key_checking"] = "accept-new"
    try:
        return look_at(str(login["ssh_hostname"]), data, wire=Wire())
    except ConnectError as problem:
        click.echo(f"{login['ssh_hostname']}: {problem}", err=True)
        sys.exit(FAILED)
