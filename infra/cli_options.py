"""Options that deploy and check share, and how both get from a file to nodes."""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from rich.console import Console

from infra import place, secrets
from infra.cli import UNWRAPPED, WRONG, refuse
from infra.files import write_atomic
from infra.lab.spec import LabHost
from infra.ledger import failed_last
from infra.mistakes import Mistake, SiteError
from infra.site import Node, Site, load
from infra.targets import TargetError, limited
from infra.terminal import Terminal

Command = TypeVar("Command", bound=Callable[..., Any])


def to_write(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """A file that an option names; leaves with exit code 2 when it cannot be written later."""
    if value is not None and value != "-":
        path = Path(value)
        if os.path.exists(path) and not os.path.isfile(path):
            kind = "is a folder" if os.path.isdir(path) else "is no regular file"
            stop(f"{option.opts[0]} {path}: {kind}; name a file")
        refuse_unwritable(path.parent, what=f"{option.opts[0]} {path}")
    return value


def to_file(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """A file that an option names; standard output is --json's."""
    if value == "-":
        stop(f"{option.opts[0]} -: name a file; only --json goes to standard output")
    return to_write(context, option, value)


def taking(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """A decorator that gives a command these options, which --help shows in this order."""

    def decorated(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorated


_BASIC = (
    click.option(
        "--json",
        "json_file",
        metavar="FILE",
        callback=to_write,
        help="Write JSON there; - is stdout.",
    ),
    click.option(
        "--accept-new-host-keys",
        is_flag=True,
        help="Pin the host key of a host that is contacted for the first time.",
    ),
    click.option("-v", "--verbose", is_flag=True, help="Show commands and their output."),
)
_inventory = click.argument("inventory", type=click.Path(path_type=Path))

basic = taking(_inventory, *_BASIC)
"""What every command takes that talks to an inventory's hosts."""
shared = taking(
    _inventory,
    click.option("--limit", multiple=True, help="Node, group, glob, or @failed of the last run."),
    click.option("--role", "roles", multiple=True, help="Only this role; may be given again."),
    click.option("--parallel", type=click.IntRange(1, 500), default=20, show_default=True),
    *_BASIC,
)
"""What those take that go through its nodes and their roles."""


def console(json_file: str | None) -> Console:
    """Where people read: standard output, or standard error when JSON goes there."""
    made = Terminal(stderr=json_file == "-", highlight=False, soft_wrap=False)
    if not made.is_terminal:
        made.width = UNWRAPPED
    return made


def ready_site(inventory: Path, *, quiet: bool) -> Site:
    """The site of an inventory, its lab hosts up; leaves with exit code 2 when it is wrong.

    With `quiet` what the lab says goes to standard error.
    """
    try:
        site = load(inventory, allow_unlocked=True)
        refuse_unwritable(place.of(inventory) / "runs", what="XDG_STATE_HOME, for the log")
        if not site.in_lab:
            return site
        _start_lab(inventory, quiet=quiet)
        return load(inventory)
    except SiteError as wrong:
        refuse(wrong)


def lab_hosts(nodes: Sequence[Node]) -> tuple[LabHost, ...]:
    """What the lab is to start for these nodes."""
    return tuple(
        LabHost(
            name=node.name,
            address=node.address,
            user=str(node.connection.get("ssh_user", "root")),
            os=node.lab.os,
            gpus=node.lab.gpus,
            nvswitches=node.lab.nvswitches,
            kind=node.lab.kind,
            iommu=node.lab.iommu,
        )
        for node in nodes
        if node.lab is not None
    )


def _start_lab(inventory: Path, *, quiet: bool) -> None:
    from infra.lab import child

    code = child.up(inventory, quiet=quiet)
    if code != 0:
        sys.exit(code)


def refuse_missing_secrets(site: Site, nodes: Sequence[Node]) -> None:
    """Leave with exit code 2 when a secret that these nodes need is not on this machine."""
    wanted = [
        (node.name, place, reference)
        for node in nodes
        for place, reference in secrets.references(
            {**node.connection, **{role: dict(kept) for role, kept in node.settings.items()}}
        )
    ]
    found = []
    for host, key, reference in wanted:
        try:
            secrets.read(reference)
        except secrets.SecretError as problem:
            found.append(Mistake(file=str(site.file), host=host, key=key, sentence=str(problem)))
    if found:
        refuse(SiteError(found))


def chosen_nodes(site: Site, limit: Sequence[str]) -> tuple[Node, ...]:
    """The nodes a command is for; leaves with exit code 2 when a limit names none."""
    try:
        return limited(site, limit, failed=failed_last(site.file))
    except TargetError as wrong:
        stop(str(wrong))


def write_json(content: dict[str, Any], json_file: str | None) -> None:
    """Write what a run came to, where --json says."""
    if json_file is None:
        return
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    if json_file == "-":
        click.echo(text, nl=False)
    else:
        write_atomic(Path(json_file), text)


def refuse_unwritable(folder: Path, *, what: str) -> None:
    """Leave with exit code 2 when no file can be made in a folder, or in what is there of it."""
    near = next(path for path in (folder, *folder.absolute().parents) if os.path.exists(path))
    try:
        tempfile.TemporaryFile(dir=near).close()
    except OSError as wrong:
        stop(f"{what}: {near} cannot be written to ({wrong.strerror})")


def stop(sentence: str) -> NoReturn:
    """Say what is wrong with the command and leave with exit code 2."""
    click.echo(sentence, err=True)
    sys.exit(WRONG)
