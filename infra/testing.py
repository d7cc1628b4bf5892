"""Runs a role with no host: facts are given, commands are recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MethodType
from typing import Any

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.host import Host
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.connectors.util import CommandOutput

from infra.role import Settings
from infra.runner import Apply, run_role
from infra.stage import stage


@dataclass(frozen=True)
class Command:
    """A recorded command: its shell text and what it would read on standard input."""

    text: str
    stdin: str


@dataclass(frozen=True)
class Rehearsal:
    """What a role did: its operations' names, those that changed, and every command."""

    operations: tuple[str, ...]
    changed: tuple[str, ...]
    commands: tuple[Command, ...]
    error: str | None


class _Recorder(SSHConnector):
    def connect(self) -> None:
        """There is nothing to connect to."""

    def run_shell_command(
        self,
        command: StringCommand,
        print_output: bool = False,
        print_input: bool = False,
        **arguments: Any,  # noqa: ANN401
    ) -> tuple[bool, CommandOutput]:
        """Record the command; it succeeds and says nothing."""
        recorded = self.host.connector_data.setdefault("commands", [])
        recorded.append(Command(text=str(command), stdin=arguments.get("_stdin") or ""))
        return True, CommandOutput([])


def rehearse(
    apply: Apply,
    settings: Settings,
    *,
    facts: Mapping[type[FactBase[Any]], Any] | None = None,
) -> Rehearsal:
    """What a role's `apply` would do on a host of which these facts hold.

    A fact's value may be a function of the fact's arguments; a fact that is not given has its
    default.
    """
    given = dict(facts or {})
    with stage("rehearsal", {}, connector=_Recorder) as (state, host):
        host.get_fact = MethodType(_teller(given), host)  # type: ignore[method-assign]
        outcome = run_role("rehearsal", apply, settings, state=state, host=host)
        return Rehearsal(
            operations=tuple(done.name for done in outcome.operations),
            changed=tuple(done.name for done in outcome.operations if done.changed),
            commands=tuple(host.connector_data.get("commands", ())),
            error=outcome.error,
        )


def _teller(given: dict[type[FactBase[Any]], Any]) -> Any:  # noqa: ANN401
    def get_fact(_: Host, fact: type[FactBase[Any]], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        value = given.get(fact, fact.default())
        return value(*args, **kwargs) if callable(value) else value

    return get_fact
