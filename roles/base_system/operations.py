"""Puts the system under the other roles in order; packages first, for the rest may need some."""

from collections.abc import Callable

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.operation import OperationMeta, operation
from pyinfra.context import host

from infra import facts, operations, templates
from infra.apt import AptRepository
from infra.operations import Commands
from roles.base_system import (
    admins,
    clock,
    dpkg,
    journal,
    parameters,
    sources,
    ssh,
    upgrades,
)
from roles.base_system.facts import (
    Accounts,
    Broken,
    Clock,
    Kernel,
    ListsAge,
    Parameters,
    Sources,
    Stale,
)
from roles.base_system.settings import BaseSystemSettings

_LISTS_SECONDS = 3600
"""Older package lists may name versions that the source no longer has."""


def apply(settings: BaseSystemSettings) -> None:
    """Make the host's base system what the settings promise."""
    _refuse_lockout(settings)
    _package_manager(settings)
    _packages(settings)
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


def _package_manager(settings: BaseSystemSettings) -> None:
    operations.until(
        command=dpkg.LOCKS_FREE,
        seconds=max(settings.apt_lock_seconds, 1),
        otherwise="another process holds dpkg's lock: let it end, or see what it is "
        "with fuser /var/lib/dpkg/lock-frontend",
        name="Await package manager",
    )
    operations.write_file(
        path=upgrades.APT_PATH,
        text=templates.render(
            "base_system/apt.conf.j2",
            lock_seconds=settings.apt_lock_seconds,
            retries=settings.apt_retries,
            suffix=sources.SUFFIX,
        ),
        name="Write apt configuration",
    )
    if settings.apt_mirror is not None:
        operations.apt_repository(sources.NAME, settings.apt_mirror)
    distribution_sources(mirror=settings.apt_mirror, name="Choose distribution sources")
    repaired_packages(name="Finish interrupted installations")


def _packages(settings: BaseSystemSettings) -> None:
    _keep_upgrades_off(settings)
    wanted = dict.fromkeys(
        (
            *settings.packages,
            *(["unattended-upgrades"] if settings.unattended_upgrades else []),
            *(["sudo"] if settings.admins else []),
            *(["tzdata"] if settings.timezone != "UTC" else []),
        )
    )
    fresh_lists(wanted=tuple(wanted), name="Refresh package lists")
    operations.packages(wanted=wanted, name="Install base packages")
    if settings.hold_kernel:
        held_kernel(name="Hold kernel packages")


def _keep_upgrades_off(settings: BaseSystemSettings) -> None:
    """Before anything is installed, so that nothing moves or restarts behind our back."""
    operations.write_file(
        path=upgrades.UPGRADES_PATH,
        text=templates.render(
            "base_system/unattended-upgrades.j2",
            on=settings.unattended_upgrades,
            exceptions=(*upgrades.EXCEPTIONS, *settings.upgrade_exceptions),
        ),
        name="Write automatic upgrades",
    )
    operations.write_file(
        path=upgrades.NEEDRESTART_PATH,
        text=templates.render("base_system/needrestart.conf.j2"),
        name="Let needrestart only list",
        _if=lambda: "needrestart" in host.get_fact(facts.Packages, names=("needrestart",)),
    )


def _time(settings: BaseSystemSettings) -> None:
    time_zone(zone=settings.timezone, name="Set time zone")
    if not settings.ntp:
        return
    fresh_lists(
        wanted=("systemd-timesyncd",), name="Refresh package lists", _if=_timesyncd_is_wanted
    )
    operations.packages(
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
        home = host.get_fact(Accounts, users=_users(settings)).home_of(admin.user)
        operations.write_file(
            path=f"{home}/.ssh/authorized_keys",
            text=admins.keys_text(admin),
            mode="600",
            user=admin.user,
            group=admin.user,
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
    operations.restart_unit(
        unit_name=journal.UNIT,
        name="Restart journal",
        _if=_unread(journal.UNIT, journal.PATH, written),
    )


def _ssh(settings: BaseSystemSettings) -> None:
    promised = ssh.promised(
        passwords=settings.ssh_passwords,
        root=settings.ssh_root,
        max_auth_tries=settings.ssh_max_auth_tries,
    )
    written = operations.write_file(
        path=ssh.PATH,
        text=templates.render("base_system/sshd.conf.j2", promised=promised),
        validate=ssh.validate(promised),
        name="Write SSH rules",
    )
    operations.shell(
        command=f"systemctl try-reload-or-restart {ssh.UNIT}",
        name="Reload SSH",
        _if=_unread(ssh.UNIT, ssh.PATH, written),
    )


@operation()
def distribution_sources(mirror: AptRepository | None) -> Commands:
    """The mirror alone, the distribution's own files set aside; without one, the host's own."""
    found = host.get_fact(Sources)
    if mirror is not None:
        steps = sources.set_aside_steps(found)
    else:
        steps = sources.restore_steps(found)
        steps += [f"{operations.APT} update"] if steps else []
    if steps:
        yield StringCommand(" && ".join(steps))


@operation()
def repaired_packages() -> Commands:
    """Every package that dpkg was interrupted at configured, or installed anew."""
    if host.get_fact(Broken):
        yield StringCommand(
            f"({dpkg.REPAIR}); {operations.APT} --fix-broken install && {dpkg.REPAIR} && "
            f'left=$({dpkg.BROKEN_COMMAND}) && [ -z "$left" ] || '
            '{ echo "still not installed:" $left "(see dpkg --audit)" >&2; exit 1; }'
        )


@operation()
def fresh_lists(wanted: tuple[str, ...]) -> Commands:
    """Package lists fetched again when one of these packages is missing and they are old."""
    if len(host.get_fact(facts.Packages, names=wanted)) == len(wanted):
        return
    age = host.get_fact(ListsAge)
    if age is None or age > _LISTS_SECONDS:
        yield StringCommand(f"{operations.APT} update")


@operation()
def held_kernel() -> Commands:
    """Installed kernel metapackages and the running kernel's packages held."""
    loose = host.get_fact(Kernel).loose
    if loose:
        yield StringCommand("apt-mark hold", *map(QuoteString, loose))


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
