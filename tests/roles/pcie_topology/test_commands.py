"""`infra topology`: its commands are there, and cost nothing until they run."""

import subprocess
import sys

from click.testing import CliRunner

from infra.cli import cli


def test_its_commands_are_listed() -> None:
    result = CliRunner().invoke(cli, ["topology", "--help"])
    assert result.exit_code == 0
    assert "explain" in result.stdout


def test_a_command_that_is_not_there_is_named() -> None:
    result = CliRunner().invoke(cli, ["topology", "explode"])
    assert result.exit_code == 2
    assert "explode" in result.stderr


def test_only_the_group_is_a_command_of_infra() -> None:
    assert CliRunner().invoke(cli, ["explain"]).exit_code == 2


def test_help_imports_neither_pyinfra_nor_readers() -> None:
    code = (
        "import sys, roles.pcie_topology.commands; "
        "print([m for m in sys.modules if m.startswith(('pyinfra', 'rich', 'paramiko')) "
        "or 'explain' in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
