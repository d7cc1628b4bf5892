"""Commands and their output in pyinfra's words and in ours.

Imports pyinfra because it is pyinfra that knows its own arguments and output.
"""

from collections.abc import Sequence
from typing import Any

from pyinfra.api.command import StringCommand
from pyinfra.api.host import Host
from pyinfra.connectors.util import CommandOutput, OutputLine, make_unix_command

from infra import sudo

_INNER = ("_env", "_chdir", "_shell_executable")
_OF_ROOT = ("_sudo", "_sudo_password")


def asker(arguments: dict[str, Any]) -> str:
    """Who runs a command: a user that sudo makes; "" for the login user."""
    return (arguments.get("_sudo_user") or "root") if arguments.get("_sudo") else ""


def inner(command: StringCommand, arguments: dict[str, Any]) -> str:
    """The command's shell text before sudo."""
    given = {key: arguments[key] for key in _INNER if key in arguments}
    return make_unix_command(command, **given).get_raw_value()


def wrapped(command: StringCommand, arguments: dict[str, Any]) -> tuple[str, str]:
    """The text for the login's shell, and what to give it on standard input."""
    text, stdin = inner(command, arguments), arguments.get("_stdin") or ""
    if not arguments.get("_sudo"):
        return text, stdin
    password = arguments.get("_sudo_password")
    return sudo.wrapped(text, user=asker(arguments), password=password, stdin=stdin)


def as_root(host: Host) -> dict[str, Any]:
    """The arguments by which a host's login becomes root."""
    return {key: getattr(host.data, key) for key in _OF_ROOT if host.data.get(key) is not None}


def output_of(stdout: Sequence[str], stderr: Sequence[str] = ()) -> CommandOutput:
    """Command output as pyinfra passes it on, from its lines."""
    said = [OutputLine("stdout", line) for line in stdout]
    return CommandOutput([*said, *(OutputLine("stderr", line) for line in stderr)])
