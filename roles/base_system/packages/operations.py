"""Gives apt its sources, finishes what was interrupted, and keeps what is pinned where it is."""

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from infra import facts, operations, templates
from infra.advice import OWN
from infra.apt import AptRepository
from infra.apt import operations as apt
from infra.apt.command import REPAIR, finishing
from infra.operations import Commands
from roles.base_system.footing import operations as footing
from roles.base_system.packages import dpkg, sources, upgrades
from roles.base_system.packages.facts import Broken, Kernel, ListsAge, Sources
from roles.base_system.settings import BaseSystemSettings

_LISTS_SECONDS = 3600
"""Older package lists may name versions that the source no longer has."""


def apply(settings: BaseSystemSettings) -> None:
    """Make the host's package manager, and what is installed, what the settings promise."""
    footing.apply(settings)  # signatures of packages are judged by the clock
    _package_manager(settings)
    _packages(settings)


def _package_manager(settings: BaseSystemSettings) -> None:
    operations.until(
        command=dpkg.LOCKS_FREE,
        seconds=max(settings.apt_lock_seconds, 1),
        otherwise=f"waited {settings.apt_lock_seconds} s (base_system.apt_lock_seconds)",
        name="Await package manager",
    )
    operations.write_file(
        path=upgrades.APT_PATH,
        text=templates.render(
            "base_system/apt.conf.j2",
            lock_seconds=settings.apt_lock_seconds,
            retries=settings.apt_retries,
            silence_seconds=upgrades.SILENCE_SECONDS,
            set_aside=sources.SET_ASIDE,
        ),
        name="Write apt configuration",
    )
    if settings.apt_mirror is not None:
        apt.apt_repository(sources.NAME, settings.apt_mirror)
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
    apt.packages(wanted=wanted, name="Install base packages")
    if settings.hold_kernel:
        held_kernel(name="Hold kernel packages")


def _keep_upgrades_off(settings: BaseSystemSettings) -> None:
    """Before anything is installed, so that nothing moves or restarts behind our back."""
    operations.write_file(
        path=upgrades.UPGRADES_PATH,
        text=templates.render(
            "base_system/unattended-upgrades.j2",
            on=int(settings.unattended_upgrades),
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


@operation()
def distribution_sources(mirror: AptRepository | None) -> Commands:
    """The mirror alone, the distribution's own files set aside; without one, the host's own."""
    found = host.get_fact(Sources)
    if mirror is not None:
        steps = sources.set_aside_steps(found)
    else:
        steps = sources.restore_steps(found)
        steps += [apt.update_command()] if steps else []
    if steps:
        yield StringCommand(" && ".join(steps))


@operation()
def repaired_packages() -> Commands:
    """Every package that dpkg was interrupted at configured, or installed anew.

    What stays broken fails, but for packages that a later role pins: it may move them.
    """
    if host.get_fact(Broken):
        advice = (
            "dpkg cannot end its installation: see there what dpkg --configure -a says, mend or "
            "remove it, then deploy again"
        )
        yield StringCommand(
            f"{finishing(REPAIR)}; "
            f"left=$({{ {dpkg.BROKEN_COMMAND}; }} | {dpkg.others(upgrades.EXCEPTIONS)}); "
            f'[ -z "$left" ] || {{ echo "{OWN}"$left": {advice}" >&2; exit 1; }}'
        )


@operation()
def fresh_lists(wanted: tuple[str, ...]) -> Commands:
    """Package lists fetched again when one of these packages is missing and they are old."""
    if len(host.get_fact(facts.Packages, names=wanted)) == len(wanted):
        return
    age = host.get_fact(ListsAge)
    if age is None or age > _LISTS_SECONDS:
        yield StringCommand(apt.update_command())


@operation()
def held_kernel() -> Commands:
    """Installed kernel metapackages and the running kernel's packages held."""
    loose = host.get_fact(Kernel).loose
    if loose:
        yield StringCommand(apt.hold_command(loose))
