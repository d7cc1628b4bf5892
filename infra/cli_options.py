"""Options that deploy and check share, and how both get from a file to nodes."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from rich.console import Console

from infra import lock
from infra.cli import WRONG, refuse
from infra.files import write_atomic
from infra.lab.shell import LabError
from infra.lab.spec import LabHost
from infra.ledger import failed_last
from infra.mistakes import SiteError
from infra.site import Node, Site, load
from infra.targets import TargetError, limited

Command = TypeVar("Command", bound=Callable[..., Any])

_SHARED = (
    click.argument("inventory", type=click.Path(path_type=Path)),
    click.option("--limit", multiple=True, help="Node, group, glob, or @failed of the last run."),
    click.option("--role", "roles", multiple=True, help="Only this role; may be given again."),
    click.option("--json", "json_file", metavar="FILE", help="Write JSON there; - is stdout."),
    click.option("--parallel", type=click.IntRange(1, 500), default=20, show_default=True),
    click.option(
        "--accept-new-host-keys",
        is_flag=True,
        help="Pin the host key of a host that is contacted for the first time.",
    ),
    click.option("-v", "--verbose", is_flag=True, help="Show commands and their output."),
)


def shared(command: Command) -> Command:
    """The options of every command that talks to an inventory's hosts."""
    for option in reversed(_SHARED):
        command = option(command)
    return command


def console(json_file: str | None) -> Console:
    """Where people read: standard output, or standard error when JSON goes there."""
    return Console(stderr=json_file == "-", highlight=False, soft_wrap=False)


def ready_site(inventory: Path, *, say: Callable[[str], None]) -> Site:
    """The site of an inventory, its lab hosts up; leaves with exit code 2 when it is wrong."""
    try:
        site = load(inventory, allow_unlocked=True)
        if not site.in_lab:
            return site
        _start_lab(site, say=say)
        return load(inventory)
    except SiteError as wrong:
        refuse(wrong)
    except LabError as wrong:
        stop(f"lab: {wrong}")


def lab_hosts(nodes: Sequence[Node]) -> tuple[LabHost, ...]:
    """What the lab is to start for these nodes."""
    return tuple(
        LabHost(
            name=node.name,
            address=node.address,
            user=str(node.connection.get("ssh_user", "root")),
            os=node.lab.os,
            gpus=node.lab.gpus,
        )
        for node in nodes
        if node.lab is not None
    )


def _start_lab(site: Site, *, say: Callable[[str], None]) -> None:
    from infra.lab import lab

    lab.up(lab_hosts(site.nodes), lock_path=lock.path_of(site.file), say=say)


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


def stop(sentence: str) -> NoReturn:
    """Say what is wrong with the command and leave with exit code 2."""
    click.echo(sentence, err=True)
    sys.exit(WRONG)
