"""What is true of a host whose base system keeps its promise."""

import time

import pytest
from testinfra.host import Host

from infra import observed
from roles.base_system import admins, clock, freshness, journal, parameters, ssh
from roles.base_system.packages import dpkg, kernel, sources, upgrades
from roles.base_system.settings import BaseSystemSettings


def _lines(host: Host, command: str) -> list[str]:
    return str(host.run(command).stdout).splitlines()


def check_no_package_is_half_installed(host: Host, settings: BaseSystemSettings) -> None:
    """Every package is fully installed or not at all."""
    broken = dpkg.parse_broken(_lines(host, dpkg.BROKEN_COMMAND))
    if broken and host.run(dpkg.LOCKS_FREE).rc != 0:
        pytest.skip("apt or dpkg is at work on the host just now")
    assert not broken, f"{', '.join(broken)}: dpkg was interrupted; deploy, or dpkg --configure -a"


def check_packages_come_from_the_promised_sources(host: Host, settings: BaseSystemSettings) -> None:
    """The distribution's packages come from the mirror alone, or from the host's own sources."""
    targets = sources.parse_targets(_lines(host, sources.TARGETS_COMMAND))
    files = sources.parse(_lines(host, sources.COMMAND))
    used = sorted({target.uri.rstrip("/") for target in targets})
    found = ", ".join(used) or "none"
    ours = sources.PATH in {file.path for file in files}
    if settings.apt_mirror is None:
        assert used and not ours, f"apt uses {found}, promised are the host's own sources"
        return
    promised = settings.apt_mirror.uri.rstrip("/")
    assert ours and promised in used, f"apt uses {found}, promised {promised}"
    strays = sources.strays(targets, files=files)
    assert not strays, f"{', '.join(strays)}: used beside the mirror {promised}"


def check_apt_waits_for_locks(host: Host, settings: BaseSystemSettings) -> None:
    """apt waits for another process's lock and tries failed downloads again."""
    dump = upgrades.parse_dump(_lines(host, upgrades.DUMP_COMMAND))
    for key, promised in (
        ("DPkg::Lock::Timeout", settings.apt_lock_seconds),
        ("Acquire::Retries", settings.apt_retries),
    ):
        found = dump.get(key, ("not set",))[-1]
        assert found == str(promised), f"{key} is {found}, promised {promised}"


def check_security_updates_are_automatic(host: Host, settings: BaseSystemSettings) -> None:
    """Security updates install themselves, or nothing does where the inventory says so."""
    dump = upgrades.parse_dump(_lines(host, upgrades.DUMP_COMMAND))
    on = dump.get("APT::Periodic::Unattended-Upgrade", ("0",))[-1]
    if not settings.unattended_upgrades:
        assert on == "0", f"APT::Periodic::Unattended-Upgrade is {on}, promised 0"
        return
    found = _packages(host, ("unattended-upgrades",))
    assert found, "unattended-upgrades is not installed"
    assert on == "1", f"APT::Periodic::Unattended-Upgrade is {on}, promised 1"
    assert upgrades.takes_security_updates(dump), (
        "no security archive is among the origins in /etc/apt/apt.conf.d/50unattended-upgrades"
    )


def check_pinned_packages_are_not_upgraded(host: Host, settings: BaseSystemSettings) -> None:
    """Automatic upgrades leave kernel, driver, Docker and container toolkit alone."""
    dump = upgrades.parse_dump(_lines(host, upgrades.DUMP_COMMAND))
    promised = (*upgrades.EXCEPTIONS, *settings.upgrade_exceptions)
    unguarded = upgrades.unguarded(dump, promised=promised)
    assert not unguarded, f"not in Unattended-Upgrade::Package-Blacklist: {', '.join(unguarded)}"
    reboots = dump.get("Unattended-Upgrade::Automatic-Reboot", ("false",))[-1]
    assert reboots == "false", f"Unattended-Upgrade::Automatic-Reboot is {reboots}"


def check_needrestart_restarts_nothing(host: Host, settings: BaseSystemSettings) -> None:
    """needrestart, where it is installed, lists what needs a restart and restarts nothing."""
    mode = host.run(upgrades.NEEDRESTART_COMMAND).stdout.strip()
    assert mode in ("l", "absent"), f'needrestart\'s restart mode is "{mode}", promised "l"'


def check_base_packages_are_installed(host: Host, settings: BaseSystemSettings) -> None:
    """Every package that the inventory lists is installed."""
    found = _packages(host, settings.packages)
    missing = [name for name in settings.packages if name not in found]
    assert not missing, f"{', '.join(missing)}: not installed"


def check_kernel_is_held(host: Host, settings: BaseSystemSettings) -> None:
    """Installed kernel metapackages and the running kernel's packages are held."""
    if not settings.hold_kernel:
        return
    found = kernel.parse(_lines(host, kernel.COMMAND))
    if not found.held:
        pytest.skip("no kernel package is installed, so there is nothing to hold")
    assert not found.loose, f"{', '.join(found.loose)}: installed and not held"


def check_timezone_is_promised(host: Host, settings: BaseSystemSettings) -> None:
    """Local time is that of the promised zone."""
    zone = clock.parse(_lines(host, clock.COMMAND)).zone
    assert zone == settings.timezone, f"the time zone is {zone}, promised {settings.timezone}"


def check_clock_is_right(host: Host, settings: BaseSystemSettings) -> None:
    """The clock is within a minute of the control host's and kept by a time service."""
    before = time.time()
    lines = _lines(host, f"{clock.COMMAND}; {clock.SYNCHRONISED_COMMAND}")
    found = clock.parse(lines)
    fault = clock.fault(found, ours=(before + time.time()) / 2, ntp=settings.ntp)
    assert fault is None, fault
    doubt = clock.doubt(found, ntp=settings.ntp)
    if doubt is not None:
        pytest.skip(doubt)


def check_admins_are_those_named(host: Host, settings: BaseSystemSettings) -> None:
    """The named admins, and nobody else by our hand, log in with their keys and have sudo."""
    users = tuple(admin.user for admin in settings.admins)
    lines = _lines(host, f"{admins.command(users)}; {admins.rights_command(users)}")
    found, rights = admins.parse(lines), admins.parse_rights(lines)
    former = admins.former(settings.admins, found=found)
    assert not former, f"{', '.join(former)}: has sudo by infra and is not named in admins"
    for admin in settings.admins:
        account = found.by_user.get(admin.user)
        assert account is not None, f"{admin.user}: no such user"
        assert account.keys == admin.ssh_keys, (
            f"{account.home}/.ssh/authorized_keys of {admin.user} has {len(account.keys)} line(s) "
            f"that are not the {len(admin.ssh_keys)} promised key(s)"
        )
        sudo = rights.get(admin.user)
        assert sudo == admin.sudo, f"{admin.user}: sudo is by {sudo}, promised {admin.sudo}"


def check_kernel_parameters_are_promised(host: Host, settings: BaseSystemSettings) -> None:
    """Kernel parameters run with their promised values and will do so after a reboot."""
    promised = settings.parameters
    asked = f"{parameters.command(tuple(promised))}; echo BOOT; {parameters.BOOT_COMMAND}"
    lines = _lines(host, asked)
    split = lines.index("BOOT")
    running = parameters.parse(lines[:split])
    for key in parameters.differing(promised, running=running):
        pytest.fail(f"{key} is {running.get(key, 'unknown')}, promised {promised[key]}")
    boot = parameters.parse_boot(lines[split:])
    for key, value in promised.items():
        later = boot.get(parameters.path_of(key), "not set")
        assert later == value, f"{key} will be {later} after a reboot, promised {value}"


def check_journal_is_bounded(host: Host, settings: BaseSystemSettings) -> None:
    """The journal is kept on disk within its limits, by a journald that has read them."""
    limits = journal.promised(most=settings.journal_max, days=settings.journal_days)
    fresh = freshness.command(journal.UNIT, path=journal.PATH)
    lines = _lines(host, f"({fresh}); ls -d /var/log/journal; {journal.COMMAND}")
    wrong = journal.differing(journal.parse(lines), promised=limits)
    assert not wrong, "; ".join(wrong)
    assert not freshness.parse(lines), f"{journal.UNIT} runs since before {journal.PATH} changed"
    assert "/var/log/journal" in lines, "/var/log/journal is missing: the journal is in memory"


def check_ssh_takes_no_passwords(host: Host, settings: BaseSystemSettings) -> None:
    """sshd's whole configuration comes to what is promised, and the running sshd has read it."""
    promised = ssh.promised(
        passwords=settings.ssh_passwords,
        root=settings.ssh_root,
        max_auth_tries=settings.ssh_max_auth_tries,
        forwarding=settings.ssh_forwarding,
    )
    lines = _lines(host, f"({freshness.command(ssh.UNIT, path=ssh.PATH)}); {ssh.COMMAND} 2>&1")
    wrong = ssh.differing(ssh.parse(lines), promised=promised)
    assert not wrong, "; ".join(wrong)
    assert not freshness.parse(lines), f"{ssh.UNIT} was last reloaded before {ssh.PATH} changed"


def check_ssh_knows_no_weak_algorithms(host: Host, settings: BaseSystemSettings) -> None:
    """sshd offers no algorithm that is known to be weak."""
    found = ssh.parse(_lines(host, f"{ssh.COMMAND} 2>&1"))
    wrong = ssh.weaknesses(found, weak=ssh.weak(settings.ssh_crypto))
    assert not wrong, f"{'; '.join(wrong)}: look for it in /etc/ssh/sshd_config and sshd_config.d"


def _packages(host: Host, names: tuple[str, ...]) -> dict[str, observed.Package]:
    return observed.parse_packages(_lines(host, observed.packages_command(names)))
