"""The operation that carries a trial out."""

from pyinfra.api.command import FunctionCommand, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host

from infra.facts import FileText
from infra.guard import Trial, command
from infra.guard.proof import tried
from infra.operations import Commands
from infra.stage import FAILURES
from infra.transport import Connector
from infra.wire import Difference, Wire


@operation(is_idempotent=False)
def guarded(trial: Trial) -> Commands:
    """A change that could lock us out, undone by the host unless we come in anew; give it an `_if`.

    Fails with a sentence that says what was tried, that it was rolled back, and what to look at.
    """
    _show_difference(trial)
    yield FunctionCommand(_try, (trial,), {})


def _show_difference(trial: Trial) -> None:
    """What stands, as somebody else left it; a promise that changed was shown when it was written.

    pyinfra takes the first step of an operation twice, in a plan and when it acts.
    """
    connector = host.connector
    if not isinstance(connector, Connector) or not connector.wants_differences:
        return
    old, new = (host.get_fact(FileText, path=path) for path in (trial.stands, trial.promised))
    shown = {difference.path for difference in connector.differences}
    if old != new and not shown & {trial.stands, trial.promised}:
        connector.differences.append(Difference(trial.stands, old, new, secret=False))


def _try(state: State, host: Host, trial: Trial) -> bool:
    """pyinfra gives a callback with these two names its own state and host."""
    old = host.connector
    if not isinstance(old, Connector):  # a rehearsal: there is one connection, and it holds
        texts = (command.begin(trial), command.settle(trial))
        return all(host.run_shell_command(StringCommand(text))[0] for text in texts)
    old.wire.answers.clear()

    def fresh() -> Connector:
        connector = Connector(state, host)
        connector.adopt(Wire(listen=old.wire.listen))
        return connector

    return tried(old, trial=trial, fresh=fresh, lost=FAILURES)
