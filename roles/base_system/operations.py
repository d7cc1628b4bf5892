"""Puts the system under the other roles in order; packages first, for the rest may need some."""

from collections.abc import Callable

from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.operation import OperationMeta, operation
from pyinfra.context import host

from infra import operations, templates
from infra.apt import operations as apt
from infra.guard.operations import guarded
from infra.operations import Commands
from roles.base_system import admins, clock, journal, parameters, ssh
from roles.base_system.facts import Accounts, Clock, Parameters, SshIsStale, Stale
from roles.base_system.packages import operations as package_operations
from roles.base_system.settings import BaseSystemSettings


def apply(settings: BaseSystemSettings) -> None:
    """Make the host's base system what the settings promise."""
    _refuse_lockout(settings)
    package_operations.apply(settings)
    _time(settings)
    _people(settings)
    _kernel(settings)
    _journal(settings)
    _ssh(settings)


def _users(settings: BaseSystemSettings) -> tuple[str, ...]:
    return tuple(admin.user for admin in settings.admins)


def _refuse_lockout(settings: BaseSystemSettings) -> None:
    found = host.get_fact(Accounts, users=_users(settings))
    wrong = admins.lockouts(settings.admins, found=found)
    if wrong:
        raise PyinfraError("; ".join(f"base_system: {sentence}" for sentence in wrong))


def _time(settings: BaseSystemSettings) -> None:
    time_zone(zone=settings.timezone, name="Set time zone")
    if not settings.ntp:
        return
    package_operations.fresh_lists(
        wanted=("systemd-timesyncd",), name="Refresh package lists", _if=_timesyncd_is_wanted
    )
    apt.packages(
        wanted={"systemd-timesyncd": None}, name="Install time service", _if=_timesyncd_is_wanted
    )
    written = operations.write_file(
        path=clock.TIMESYNCD_PATH,
        text=templates.render("base_system/timesyncd.conf.j2", servers=settings.ntp_servers),
        name="Write time servers",
        _if=_timesyncd_is_wanted,
    )
    operations.unit(unit_name=clock.TIMESYNCD, name="Enable time service", _if=_timesyncd_is_wanted)
    operations.restart_unit(
        unit_name=clock.TIMESYNCD,
        name="Restart time service",
        _if=[_timesyncd_is_wanted, _unread(clock.TIMESYNCD, clock.TIMESYNCD_PATH, written)],
    )


def _timesyncd_is_wanted() -> bool:
    found = host.get_fact(Clock)
    return found is not None and found.wants_timesyncd


def _unread(unit: str, path: str, written: OperationMeta) -> Callable[[], bool]:
    """Judged by what runs as well: an earlier run may have been killed after it wrote the file."""
    changed = operations.changed(written)
    return lambda: changed() or host.get_fact(Stale, unit=unit, path=path)


def _people(settings: BaseSystemSettings) -> None:
    for admin in settings.admins:
        account(user=admin.user, among=_users(settings), name="Create admin")
        found = host.get_fact(Accounts, users=_users(settings)).of(admin.user)
        operations.write_file(
            path=f"{found.home}/.ssh/authorized_keys",
            text=admins.keys_text(admin),
            mode="600",
            user=admin.user,
            group=found.group,
            name="Write admin's keys",
        )
        operations.write_file(
            path=admins.sudo_path(admin.user),
            text=admins.sudo_text(admin),
            mode="440",
            validate="visudo -cqf {}",
            name="Grant admin sudo",
        )
    revoked_admins(named=settings.admins, name="Revoke former admins")


def _kernel(settings: BaseSystemSettings) -> None:
    operations.write_file(
        path=parameters.PATH,
        text=templates.render("base_system/sysctl.conf.j2", parameters=settings.parameters),
        name="Write kernel parameters",
    )
    running_parameters(wanted=settings.parameters, name="Apply kernel parameters")


def _journal(settings: BaseSystemSettings) -> None:
    limits = journal.promised(most=settings.journal_max, days=settings.journal_days)
    written = operations.write_file(
        path=journal.PATH,
        text=templates.render("base_system/journald.conf.j2", limits=limits),
        name="Write journal limits",
    )
    operations.shell(
        command=f"systemctl restart {journal.UNIT}",
        name="Restart journal",
        _if=_unread(journal.UNIT, journal.PATH, written),
    )


def _ssh(settings: BaseSystemSettings) -> None:
    promised = ssh.promised(
        passwords=settings.ssh_passwords,
        root=settings.ssh_root,
        max_auth_tries=settings.ssh_max_auth_tries,
        forwarding=settings.ssh_forwarding,
    )
    written = operations.write_file(
        path=ssh.PROMISED,
        text=templates.render(
            "base_system/sshd.conf.j2", promised=promised, weak=ssh.weak(settings.ssh_crypto)
        ),
        validate=ssh.validate(promised),
        name="Write SSH rules",
    )
    is_changed = operations.changed(written)
    guarded(
        trial=ssh.trial(),
        name="Take up SSH rules on trial",
        _if=lambda: is_changed() or host.get_fact(SshIsStale),
    )


@operation()
def time_zone(zone: str) -> Commands:
    """The host's local time in this zone."""
    found = host.get_fact(Clock)
    if found is None or found.zone != zone:
        yield StringCommand(clock.zone_command(zone))


@operation()
def account(user: str, *, among: tuple[str, ...]) -> Commands:
    """A user with a home and a private folder for keys."""
    steps = admins.account_steps(user, found=host.get_fact(Accounts, users=among))
    if steps:
        yield StringCommand(" && ".join(steps))


@operation()
def revoked_admins(named: tuple[admins.Admin, ...]) -> Commands:
    """Rights and keys taken from those whom infra granted rights earlier and nobody names now."""
    users = tuple(admin.user for admin in named)
    gone = admins.former(named, found=host.get_fact(Accounts, users=users))
    if gone:
        yield StringCommand(admins.revoke_command(gone))


@operation()
def running_parameters(wanted: dict[str, str]) -> Commands:
    """Kernel parameters running with these values."""
    running = host.get_fact(Parameters, asked=tuple(wanted))
    differing = parameters.differing(wanted, running=running)
    if differing:
        yield StringCommand(parameters.apply_command(differing))
