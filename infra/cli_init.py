"""`infra init user@host`: reads a host and writes a first inventory for it."""

import re
import sys
from pathlib import Path
from typing import NoReturn

import click

from infra.cli import FAILED, OK
from infra.cli_options import stop
from infra.connection import connection_of, opened
from infra.files import write_atomic
from infra.first_inventory import inventory_text
from infra.firstlook import NAME, Look, target_of
from infra.stage import FAILURES, look_at
from infra.wire import Wire


@click.command()
@click.argument("target", metavar="USER@HOST[:PORT]")
@click.option("--name", help="Its name in the inventory; its own host name when not given.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="inventories/NAME.py, or HOST.py, if not given.",
)
@click.option("--key", help="Private key file; agent and default keys when not given.")
@click.option("--accept-new-host-keys", is_flag=True, help="Pin its host key at first contact.")
def init(
    target: str, name: str | None, out: Path | None, key: str | None, accept_new_host_keys: bool
) -> None:
    """Read a host and write a first inventory for it; nothing on the host is changed."""
    login = _login(target, key=key)
    if name is not None and not re.fullmatch(NAME, name):
        stop(f"--name {name!a}: give letters, digits, dots, - and _, at most 63")
    path = out or Path("inventories") / f"{name or login['ssh_hostname']}.py"
    if path.suffix != ".py":
        stop(f"{path}: an inventory is a Python file; end its name in .py")
    if path.exists():
        stop(f"{path}: exists already; choose another with --out")
    _make_folder(path)
    look = _look(login, path=path, accept_new=accept_new_host_keys)
    text = inventory_text(look, login=login, name=name or look.hostname, keys=path.parent / "keys")
    _write(path, text)
    for line in look.summary():
        click.echo(line)
    click.echo(f"Wrote {path}. Fill in what it marks, then: infra validate {path}")
    sys.exit(OK)


def _login(target: str, *, key: str | None) -> dict[str, object]:
    try:
        login = target_of(target, key=key)
    except ValueError as wrong:
        stop(str(wrong))
    try:
        if key is not None:
            Path(key).expanduser().read_bytes()
    except (OSError, RuntimeError) as problem:
        stop(f"--key {key}: {getattr(problem, 'strerror', None) or problem}")
    return login


def _look(login: dict[str, object], *, path: Path, accept_new: bool) -> Look:
    data = opened(connection_of(login, inventory=path))
    host = str(login["ssh_hostname"])
    if accept_new:
        data["ssh_strict_host_key_checking"] = "accept-new"
    try:
        look = look_at(host, data, wire=Wire())
    except FAILURES as failure:
        _fail(host, str(failure) or f"the connection was lost ({type(failure).__name__})")
    if not look.os.id:
        _fail(host, "does not say what system it is; is its login shell a plain one?")
    return look


def _fail(host: str, problem: str) -> NoReturn:
    click.echo(f"{host}: {problem}", err=True)
    sys.exit(FAILED)


def _make_folder(path: Path) -> None:
    """The inventory's folder, in which host keys are pinned too."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        stop(f"{path.parent}: {problem.strerror or problem}; choose another with --out")


def _write(path: Path, text: str) -> None:
    try:
        write_atomic(path, text)
    except OSError as problem:
        stop(f"{path}: {problem.strerror or problem}")
