"""The command line: parses, calls, prints, and picks the exit code."""

import importlib
import shutil
import sys
from importlib import metadata
from pathlib import Path
from typing import NoReturn

import click

from infra import cautions, role
from infra.mistakes import SiteError
from infra.site import load
from infra.wording import counted

OK, FAILED, WRONG, UNPROVEN = 0, 1, 2, 3
"""Exit codes: as promised; something failed; wrong command or inventory; unproven."""
UNWRAPPED = 1_000_000
"""Columns where nobody looks through a window: paths and differences stay on one line."""


LAZY = {
    "canary": ("infra.cli_canary", "Give a node a share of requests before it is one of all."),
    "check": ("infra.cli_check", "Prove every promise of an inventory; nothing is changed."),
    "deploy": ("infra.cli_deploy", "Make every node of an inventory what it is promised to be."),
    "drain": ("infra.cli_rotation", "Take a node out of rotation; requests under way may finish."),
    "drill": ("infra.cli_drill", "Rebuild a node from clean, timed, while the others serve."),
    "gate": ("infra.cli_gate", "Let nodes that pass their checks back into rotation."),
    "init": ("infra.cli_init", "Read a host and write a first inventory for it."),
    "lab": ("infra.cli_lab", "Start, stop and look at hosts on this machine (needs root)."),
    "nightly": ("infra.cli_nightly", "Check an inventory every night, by a systemd timer."),
    "rotation": ("infra.cli_rotation", "Show which nodes get requests, and what holds the others."),
    "status": ("infra.cli_status", "Show every node on one screen."),
    "swap": ("infra.cli_swap", "Have a spare take the place of a node."),
    "undrain": ("infra.cli_rotation", "Put a drained node back into rotation."),
}
"""Commands whose modules are imported when they run: module, and the line that --help prints."""


class _Commands(click.Group):
    """The commands of this file, the lazy ones, and those that roles bring."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name."""
        return sorted({*super().list_commands(ctx), *LAZY, *_of_roles()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name in LAZY:
            return _command(LAZY[cmd_name][0], cmd_name)
        return super().get_command(ctx, cmd_name) or _of_roles().get(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line a command, without importing the lazy ones."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._line(ctx, name)) for name in self.list_commands(ctx)])

    def _line(self, ctx: click.Context, name: str) -> str:
        command = None if name in LAZY else self.get_command(ctx, name)
        return LAZY[name][1] if command is None else command.get_short_help_str(limit=80)


def _command(module: str, name: str) -> click.Command:
    found = getattr(importlib.import_module(module), name)
    if not isinstance(found, click.Command):
        raise TypeError(f"{module}.{name} is no command")
    return found


def _of_roles() -> dict[str, click.Command]:
    parts = (role.load(name).part("commands") for name in role.names())
    found = (value for part in parts if part is not None for value in vars(part).values())
    return {command.name: command for command in found if _is_named_command(command)}


def _is_named_command(value: object) -> bool:
    return isinstance(value, click.Command) and value.name is not None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(metadata.version("infra"), prog_name="infra")
def cli() -> None:
    """Turn bare Ubuntu and Debian hosts into LLM inference nodes, and prove that they stay so."""


@cli.command()
@click.argument("inventory", type=click.Path(path_type=Path))
def validate(inventory: Path) -> None:
    """Read an inventory and tell every mistake in it; no host is contacted."""
    try:
        site = load(inventory, allow_unlocked=True)
    except SiteError as wrong:
        refuse(wrong)
    for caution in cautions.of(site):
        click.echo(f"! {caution}")
    click.echo(
        f"✓ {inventory}: {counted(len(site.nodes), 'node')}, no mistakes. Nothing was touched."
    )
    if site.pending:
        click.echo(f"  Digests are locked when the lab is up: infra deploy {inventory}")


@cli.command()
def roles() -> None:
    """List the roles: what each configures, and which deploys have it."""
    from infra.docs import overview

    click.echo(overview(width=shutil.get_terminal_size(fallback=(UNWRAPPED, 0)).columns))


@cli.command()
@click.option("--check", is_flag=True, help="Only tell whether the tables are up to date.")
def docs(check: bool) -> None:
    """Write every role's table of settings into its README."""
    from infra.docs import refresh

    stale = refresh(write=not check)
    for path in stale:
        click.echo(f"{'out of date' if check else 'written'}: {path}")
    sys.exit(FAILED if check and stale else OK)


def refuse(wrong: SiteError) -> NoReturn:
    """Print an inventory's mistakes, one a line, and leave with exit code 2."""
    for mistake in wrong.mistakes:
        click.echo(str(mistake), err=True)
    click.echo(f"{counted(len(wrong.mistakes), 'mistake')}. Nothing was touched.", err=True)
    sys.exit(WRONG)
