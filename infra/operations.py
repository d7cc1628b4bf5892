"""Operations that every role may use: atomic files, units, waits, reboots.

Each reads what is there and yields a command only when that differs; one operation is one
round trip. Contents travel on standard input: they are in no argument list.
"""

import base64
import hashlib
import shlex
from collections.abc import Callable, Generator
from typing import Any

from pyinfra.api.arguments import ConnectorArguments
from pyinfra.api.command import PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.host import Host
from pyinfra.api.operation import OperationMeta, operation
from pyinfra.api.state import State
from pyinfra.context import host

from infra import facts
from infra.reboot import reboot as boot_anew
from infra.stage import FAILURES
from infra.transport import Connector
from infra.wire import Difference

Commands = Generator[PyinfraCommand, None, None]


def changed(*operations: OperationMeta) -> Callable[[], bool]:
    """For `_if=`: whether any of these operations changed something (in a plan: would)."""

    def any_changed() -> bool:
        return any(
            done.did_change() if done.is_complete() else done.will_change for done in operations
        )

    return any_changed


def disrupts(done: OperationMeta, *, why: str) -> OperationMeta:
    """An operation that stops what the host serves when it changes something; `why` says how.

    Before it is carried out the node goes out of rotation, and its turn in the pool is awaited.
    """
    host.connector_data.setdefault("disrupts", {})[done._hash] = why
    return done


@operation()
def write_file(
    path: str,
    *,
    text: str,
    mode: str = "644",
    user: str = "root",
    group: str = "root",
    validate: str | None = None,
    secret: bool = False,
    seen: str | None = None,
) -> Commands:
    """A file with exactly this text, owner and octal mode, replaced by rename.

    `validate` is shell text that must succeed before the file takes its place; `{}` in it stands
    for the new file. The text of a `secret` file is shown in no diff and no log. `seen` is the
    text that is there with what is secret hidden: the same is hidden in `text`, `validate` puts
    it in, and the file itself is read neither for a comparison nor for a diff.
    """
    found = host.get_fact(facts.FileStat, path=path)
    wanted = hashlib.sha256(text.encode()).hexdigest()
    content_same = found is not None and (found.sha256 == wanted if seen is None else seen == text)
    same = found is not None and (found.mode, found.user, found.group) == (mode, user, group)
    if same and content_same:
        return
    if not content_same:
        _show_difference(path, text=text, secret=secret, seen=seen)
    yield StringCommand(
        _replace_file(
            path,
            mode=mode,
            owner=f"{user}:{group}",
            validate=validate,
            size=len(text.encode()),
        ),
        _stdin=base64.encodebytes(text.encode()).decode() or "\n",
    )


def _show_difference(path: str, *, text: str, secret: bool, seen: str | None) -> None:
    connector = host.connector
    if isinstance(connector, Connector) and connector.wants_differences:
        known = "" if secret else seen
        old = host.get_fact(facts.FileText, path=path) if known is None else known
        connector.differences.append(Difference(path=path, old=old, new=text, secret=secret))


def _replace_file(path: str, *, mode: str, owner: str, validate: str | None, size: int) -> str:
    """Shell text that puts standard input there; an input that broke off replaces nothing."""
    directory, _, name = path.rpartition("/")
    check = "" if validate is None else validate.replace("{}", '"$t"') + " && "
    folder = shlex.quote(directory)
    return (
        f"mkdir -p {folder} && umask 077 && "
        f"t=$(mktemp -p {folder} {shlex.quote(f'.{name}.XXXXXX')}) && trap 'rm -f \"$t\"' EXIT && "
        f'base64 -d >"$t" && [ "$(stat -c %s "$t")" -eq {size} ] && '
        f'chown {shlex.quote(owner)} "$t" && chmod {shlex.quote(mode)} "$t" && '
        f'{check}sync "$t" && mv -f "$t" {shlex.quote(path)}'
    )


@operation()
def unit(unit_name: str, *, running: bool = True, enabled: bool = True) -> Commands:
    """A systemd unit started (or stopped) and enabled (or not), its file as loaded."""
    found = host.get_fact(facts.Unit, unit=unit_name)
    quoted = shlex.quote(unit_name)
    steps = []
    if found.needs_reload or found.load == "not-found":
        steps.append("systemctl daemon-reload")
    if enabled != (found.enabled in ("enabled", "static", "alias", "indirect", "generated")):
        steps.append(f"systemctl {'enable' if enabled else 'disable'} {quoted}")
    if running != (found.active in ("active", "reloading")):
        steps.append(f"systemctl {'start' if running else 'stop'} {quoted}")
    if steps:
        yield StringCommand(" && ".join(steps))


@operation(is_idempotent=False)
def restart_unit(unit_name: str) -> Commands:
    """A systemd unit restarted, with its file as it is on disk; give it an `_if`."""
    yield StringCommand("systemctl daemon-reload && systemctl restart", QuoteString(unit_name))


@operation(is_idempotent=False)
def reload_unit(unit_name: str) -> Commands:
    """A running systemd unit told to read its configuration again; give it an `_if`."""
    yield StringCommand("systemctl reload", QuoteString(unit_name))


@operation(is_idempotent=False)
def shell(command: str, *, secret_stdin: str | None = None) -> Commands:
    """Shell text run as it stands; give it an `_if`, or it is a change in every run."""
    given: dict[str, Any] = {} if secret_stdin is None else {"_stdin": secret_stdin}
    yield StringCommand(command, **given)


@operation()
def until(command: str, *, seconds: int, otherwise: str) -> Commands:
    """Waits until shell text succeeds; no change when it does at once.

    Fails after `seconds` with the sentence `otherwise` and the command's last words.
    """
    if host.get_fact(Succeeds, command=command):
        return
    yield StringCommand(
        f"end=$(( $(cut -d. -f1 /proc/uptime) + {seconds} )); "
        f"until out=$( ( {command} ) 2>&1 ); do "
        f'if [ "$(cut -d. -f1 /proc/uptime)" -ge "$end" ]; then '
        f"echo {shlex.quote(otherwise)} >&2; "
        f'echo "$out" | tail -n 5 >&2; exit 1; fi; sleep 0.2; done',
        _timeout=seconds + 60,
    )


class Succeeds(FactBase[bool]):
    """Whether shell text succeeds now."""

    def command(self, command: str) -> str:
        """Print yes or no."""
        return f"if ( {command} ) >/dev/null 2>&1; then echo yes; else echo no; fi"

    @staticmethod
    def default() -> bool:
        """Not known to."""
        return False

    def process(self, output: list[str]) -> bool:
        """Read the word."""
        return output[-1] == "yes"


@operation(is_idempotent=False)
def reboot(reason: str) -> Commands:
    """The host booted anew and reached again, its boot id another one; give it an `_if`.

    `reason` is a sentence for the operator; with --no-reboot it is the failure's.
    """
    yield _Boot(reason)


class _Boot(PyinfraCommand):
    """A reboot; pyinfra keeps to itself what a FunctionCommand raises, as when a lease is lost."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason

    def execute(self, state: State, host: Host, connector_arguments: ConnectorArguments) -> bool:
        line = host.connector
        return not isinstance(line, Connector) or boot_anew(line, reason=self.reason, lost=FAILURES)
