"""Installs Docker and the container toolkit, merges daemon.json, describes the GPUs."""

from collections.abc import Callable

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.operation import OperationMeta, operation
from pyinfra.context import host

from infra import facts, operations, templates
from infra.apt import operations as apt
from infra.operations import Commands
from roles.container_runtime import cdi, daemon, packages
from roles.container_runtime.facts import DaemonIsStale, Gpus, Offers
from roles.container_runtime.settings import ContainerRuntimeSettings


def apply(settings: ContainerRuntimeSettings) -> None:
    """Make the host's container engine what the settings promise."""
    config = _config(settings)
    if settings.gpus and not host.get_fact(Gpus).driver:
        raise PyinfraError(
            "container_runtime: gpus is True and no NVIDIA driver is loaded; give the host the "
            "role gpu_driver before this one, or set gpus to False"
        )
    _repositories(settings)
    removed_packages(names=packages.OLD, name="Remove old container runtimes")
    if settings.gpus:
        pinned_packages(
            names=packages.TOOLKIT,
            promised=settings.toolkit_version,
            name="Install container toolkit",
        )
        _describe_gpus()
    _docker(settings, config=config)


def _config(settings: ContainerRuntimeSettings) -> str:
    existing = host.get_fact(facts.FileText, path=daemon.PATH)
    try:
        return daemon.text_after(existing, ours=daemon.promised(settings))
    except daemon.NotJson as problem:
        raise PyinfraError(str(problem)) from problem


def _repositories(settings: ContainerRuntimeSettings) -> None:
    if settings.gpus and settings.toolkit_repository is not None:
        apt.apt_repository("infra-container-toolkit", settings.toolkit_repository)
    if settings.docker_repository is not None:
        apt.apt_repository("infra-docker", settings.docker_repository)


def _describe_gpus() -> None:
    operations.write_file(
        path=cdi.SCRIPT,
        text=templates.render("container_runtime/describe-gpus.j2", spec=cdi.SPEC),
        mode="755",
        name="Write GPU description script",
    )
    operations.write_file(
        path=f"/etc/systemd/system/{cdi.UNIT}",
        text=templates.render("container_runtime/describe-gpus.service.j2", script=cdi.SCRIPT),
        name="Write GPU description unit",
    )
    boot_unit(unit_name=cdi.UNIT, name="Enable GPU description at boot")
    for unit in cdi.TOOLKIT_UNITS:
        stopped_unit(unit_name=unit, name="Disable second GPU description")
    gpus_described(name="Describe GPUs to containers")


def _docker(settings: ContainerRuntimeSettings, *, config: str) -> None:
    # The file comes first, so that Docker's very first start reads it.
    written = operations.write_file(
        path=daemon.PATH, text=config, validate=daemon.VALIDATE, name="Write Docker configuration"
    )
    pinned_packages(
        names=packages.DOCKER[settings.docker_package],
        promised=settings.docker_version,
        beside=packages.BESIDE[settings.docker_package],
        held_beside=packages.HELD[settings.docker_package],
        name="Install Docker",
    )
    operations.shell(
        command="systemctl reset-failed docker.service docker.socket 2>/dev/null; "
        "systemctl daemon-reload && systemctl restart docker.service",
        name="Restart Docker",
        _if=_daemon_is_stale(written),
    )
    operations.unit(unit_name="docker.service", name="Start Docker")


def _daemon_is_stale(written: OperationMeta) -> Callable[[], bool]:
    """Judged by the running engine, not by this run: an earlier one may have been killed."""

    def is_stale() -> bool:
        if not written.is_complete() and written.will_change:
            return bool(_installed(("docker.io", "docker-ce")))
        return host.get_fact(DaemonIsStale)

    return is_stale


def _installed(names: tuple[str, ...]) -> dict[str, str]:
    found = host.get_fact(facts.Packages, names=names)
    return {name: package.version for name, package in found.items()}


@operation()
def pinned_packages(
    names: tuple[str, ...],
    *,
    promised: str,
    beside: tuple[str, ...] = (),
    held_beside: tuple[str, ...] = (),
) -> Commands:
    """Packages installed and held at one promised version (complete, or its beginning).

    Those beside come at whatever version fits; some of them are held there.
    """
    installed = _installed(names)
    settled = packages.settled(names, promised=promised, installed=installed)
    offers = {} if settled else host.get_fact(Offers, names=names)
    try:
        wanted = packages.chosen(names, promised=promised, installed=installed, offers=offers)
    except packages.NotOffered as problem:
        # Said by the host when it is done for real: in a plan the repository may be yet to come.
        yield StringCommand("echo", QuoteString(str(problem)), ">&2; exit 1")
        return
    yield from apt.packages._inner(wanted={**wanted, **dict.fromkeys(beside)})
    held = (*wanted, *held_beside)
    found = host.get_fact(facts.Packages, names=held)
    if not all(name in found and found[name].held for name in held):
        yield StringCommand(apt.hold_command(held))


@operation()
def removed_packages(names: tuple[str, ...]) -> Commands:
    """None of these packages installed; their configuration stays.

    nvidia-docker2 owns daemon.json: a purge would take others' keys with it.
    """
    found = sorted(_installed(names))
    if found:
        yield StringCommand(
            f"{apt.APT} remove --allow-change-held-packages", *map(QuoteString, found)
        )


@operation()
def boot_unit(unit_name: str) -> Commands:
    """A unit that runs once at each boot, enabled."""
    found = host.get_fact(facts.Unit, unit=unit_name)
    if found.enabled != "enabled" or found.needs_reload:
        yield StringCommand("systemctl daemon-reload && systemctl enable", QuoteString(unit_name))


@operation()
def stopped_unit(unit_name: str) -> Commands:
    """A unit that is there neither enabled nor waiting; one that is not there is left so."""
    found = host.get_fact(facts.Unit, unit=unit_name)
    enabled = found.enabled in ("enabled", "enabled-runtime")
    if found.load != "not-found" and (enabled or found.active == "active"):
        yield StringCommand("systemctl disable --now", QuoteString(unit_name))


@operation()
def gpus_described() -> Commands:
    """One CDI specification that agrees with driver, devices and toolkit as they are now."""
    found = host.get_fact(Gpus)
    steps = []
    if cdi.faults(found):
        steps.append(cdi.SCRIPT)
    if found.others:
        steps.append("rm -f")
    if steps:
        yield StringCommand(" && ".join(steps), *map(QuoteString, found.others))
