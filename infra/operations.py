"""Operations that every role may use: atomic files, pinned packages, units, waits, reboots.

Each reads what is there and yields a command only when that differs; one operation is one
round trip. Contents travel on standard input: they are in no argument list.
"""

import base64
import hashlib
import shlex
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

from paramiko import SSHException
from pyinfra.api.command import FunctionCommand, QuoteString, StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.facts import FactBase
from pyinfra.api.host import Host
from pyinfra.api.operation import OperationMeta, operation
from pyinfra.api.state import State
from pyinfra.context import host

from infra import facts
from infra.apt import AptRepository
from infra.reboot import reboot as boot_anew
from infra.transport import Connector
from infra.wire import Difference

APT = (
    "DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l NEEDRESTART_SUSPEND=1 "
    "apt-get -q -y "
    '$(apt-config shell s DPkg::Lock::Timeout | grep -q . || echo "-o DPkg::Lock::Timeout=600") '
    "-o Dpkg::Options::=--force-confdef "
    "-o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0"
)
"""apt-get that asks nothing, waits for the dpkg lock and keeps changed configuration files.

It waits as long as the host's configuration says, 600 s where that says nothing.
"""

Commands = Generator[StringCommand | FunctionCommand, None, None]


def changed(*operations: OperationMeta) -> Callable[[], bool]:
    """For `_if=`: whether any of these operations changed something (in a plan: would)."""

    def any_changed() -> bool:
        return any(
            done.did_change() if done.is_complete() else done.will_change for done in operations
        )

    return any_changed


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
) -> Commands:
    """A file with exactly this text, owner and octal mode, replaced by rename.

    `validate` is shell text that must succeed before the file takes its place; `{}` in it stands
    for the new file. The text of a `secret` file is shown in no diff and no log.
    """
    found = host.get_fact(facts.FileStat, path=path)
    wanted = hashlib.sha256(text.encode()).hexdigest()
    content_same = found is not None and found.sha256 == wanted
    if (
        found is not None
        and content_same
        and (found.mode, found.user, found.group)
        == (
            mode,
            user,
            group,
        )
    ):
        return
    if not content_same:
        _show_difference(path, text=text, secret=secret)
    yield StringCommand(
        _replace_file(path, mode=mode, owner=f"{user}:{group}", validate=validate),
        _stdin=base64.encodebytes(text.encode()).decode() or "\n",
    )


def _show_difference(path: str, *, text: str, secret: bool) -> None:
    connector = host.connector
    if isinstance(connector, Connector) and connector.wants_differences:
        old = "" if secret else host.get_fact(facts.FileText, path=path)
        connector.differences.append(Difference(path=path, old=old, new=text, secret=secret))


def _replace_file(path: str, *, mode: str, owner: str, validate: str | None) -> str:
    directory, _, name = path.rpartition("/")
    check = "" if validate is None else validate.replace("{}", '"$t"') + " && "
    folder = shlex.quote(directory)
    return (
        f"mkdir -p {folder} && umask 077 && "
        f"t=$(mktemp -p {folder} {shlex.quote(f'.{name}.XXXXXX')}) && trap 'rm -f \"$t\"' EXIT && "
        f'base64 -d >"$t" && chown {shlex.quote(owner)} "$t" && chmod {shlex.quote(mode)} "$t" && '
        f'{check}sync "$t" && mv -f "$t" {shlex.quote(path)}'
    )


@operation()
def apt_lists(source: str, *, digest: str) -> Commands:
    """Package lists of `/etc/apt/sources.list.d/<source>.sources`, fetched since it last changed.

    `digest` stands for the source's content; it is kept in /var/lib/infra/apt.
    """
    stamp = f"/var/lib/infra/apt/{source}"
    if host.get_fact(facts.FileText, path=stamp).strip() == digest:
        return
    yield StringCommand(
        update_command(
            f"-o Dir::Etc::sourcelist=sources.list.d/{source}.sources -o Dir::Etc::sourceparts=- "
            "-o APT::Get::List-Cleanup=0 -o APT::Update::Error-Mode=any"
        ),
        "&& mkdir -p /var/lib/infra/apt && echo",
        QuoteString(digest),
        f">{stamp}.new && mv -f {stamp}.new {stamp}",
    )


@operation()
def packages(wanted: Mapping[str, str | None], *, hold: bool = False) -> Commands:
    """Packages installed, at exactly the version given (None: any), held when asked.

    Versions are complete Debian versions (`580.95.05-0ubuntu1`); a package that is held at another
    version by us is moved and held again.
    """
    found = host.get_fact(facts.Packages, names=tuple(wanted))
    missing = {
        name: version
        for name, version in wanted.items()
        if name not in found or (version is not None and found[name].version != version)
    }
    unheld = [name for name in wanted if hold and not (name in found and found[name].held)]
    if missing:
        yield StringCommand(_install(missing))
    if missing or unheld:
        held = list(wanted) if hold else []
        yield from (StringCommand(hold_command(held)) for _ in held[:1])


def hold_command(names: Sequence[str]) -> str:
    """Shell text that holds packages; apt-mark waits for no lock, so this tries for two minutes."""
    mark = f"apt-mark hold {_quoted(names)}"
    return f"( n=0; until {mark}; do n=$((n+1)); [ $n -lt 120 ] || exit 1; sleep 1; done )"


def update_command(options: str = "") -> str:
    """Shell text that fetches package lists; waits while another process has their lock.

    apt-get's own waiting is for dpkg's lock alone. `options` are more words for apt-get.
    """
    return (
        '( eval "$(apt-config shell limit DPkg::Lock::Timeout)"; limit=${limit:-600}; n=0; '
        f"until said=$(LC_ALL=C {APT} update {options} 2>&1); do "
        "case $said in *lists/lock*) ;; *) n=$limit ;; esac; "
        """[ "$n" -lt "$limit" ] || { printf '%s\\n' "$said" >&2; exit 100; }; """
        "n=$((n+1)); sleep 1; done )"
    )


def _install(wanted: Mapping[str, str | None]) -> str:
    asked = [f"{name}={version}" if version else name for name, version in wanted.items()]
    return (
        f"{APT} install --no-install-recommends --allow-downgrades --allow-change-held-packages "
        f"{_quoted(asked)}"
    )


def _quoted(words: Sequence[str]) -> str:
    return " ".join(shlex.quote(word) for word in words)


@operation()
def absent_packages(names: tuple[str, ...]) -> Commands:
    """None of these packages installed."""
    found = host.get_fact(facts.Packages, names=names)
    if found:
        yield StringCommand(f"{APT} purge --allow-change-held-packages {_quoted(sorted(found))}")


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
    yield FunctionCommand(_boot, (reason,), {})


def _boot(state: State, host: Host, reason: str) -> bool:
    """pyinfra gives a callback with these two names its own state and host."""
    connector = host.connector
    lost = (ConnectError, TimeoutError, SSHException, OSError, EOFError)
    return not isinstance(connector, Connector) or boot_anew(connector, reason=reason, lost=lost)


def apt_repository(source: str, repository: AptRepository) -> None:
    """Three operations: a repository's key, its source file, and its package lists."""
    write_file(path=repository.keyring, text=repository.key, name="Write repository key")
    write_file(
        path=f"/etc/apt/sources.list.d/{source}.sources",
        text=repository.sources(),
        name="Write repository source",
    )
    apt_lists(source=source, digest=repository.digest, name="Fetch package lists")
