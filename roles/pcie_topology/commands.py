"""`infra topology`: what is done with a machine's PCIe tree apart from a deploy."""

import importlib
import importlib.util

import click

_LAZY = {
    "explain": (
        "roles.pcie_topology.explain.command",
        "Judge saved output of nvidia-smi, lspci, nvbandwidth, dcgmi, dmesg …",
    ),
    "learn": (
        "roles.pcie_topology.learning",
        "Write a node's hardware beside the inventory: its GPUs, slots and lanes.",
    ),
}
"""Commands that are imported when they run: module, and the line that --help prints."""


class _Commands(click.Group):
    """Commands by their names; --help imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name."""
        return [name for name, (module, _) in _LAZY.items() if importlib.util.find_spec(module)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in self.list_commands(ctx):
            return None
        found = getattr(importlib.import_module(_LAZY[cmd_name][0]), cmd_name)
        if not isinstance(found, click.Command):
            raise TypeError(f"{_LAZY[cmd_name][0]}.{cmd_name} is no command")
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line a command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _LAZY[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=_Commands)
def topology() -> None:
    """Learn a node's PCIe tree, or explain saved output of a machine's tools."""
