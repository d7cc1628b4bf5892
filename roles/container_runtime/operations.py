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
from roles.container_runtime.facts import (
    Configuration,
    DaemonIsStale,
    Gpus,
    RecordedConfiguration,
    RecordedRuns,
)
from roles.container_runtime.packages.operations import (
    installed_versions,
    pinned_packages,
    removed_packages,
)
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
        operations.disrupts(
            pinned_packages(
                names=packages.TOOLKIT,
                promised=settings.toolkit_version,
                name="Install container toolkit",
            ),
            why=f"container toolkit {settings.toolkit_version}",
        )
        _describe_gpus()
    _docker(settings, config=config)


def revert(settings: ContainerRuntimeSettings) -> str | None:
    """Docker runs and answers with the configuration with which it last did.

    None when there never was one, or when it is the one in place.
    """
    if host.get_fact(RecordedConfiguration) != "other":
        return None
    _bring_back(again=not host.get_fact(RecordedRuns))
    operations.until(
        command=daemon.ALIVE,
        seconds=60,
        otherwise="Docker does not answer with its earlier configuration either; "
        "see journalctl -u docker",
        name="Await Docker's answer",
    )
    return f"Docker with its earlier {daemon.PATH}"


def _bring_back(*, again: bool) -> None:
    """A Docker that never read the other file goes on: a refused restart is not done here."""
    name = "Bring back Docker configuration"
    if not again:
        operations.shell(command=daemon.PUT_BACK_AS_READ, name=name)
        return
    operations.disrupts(
        operations.shell(command=f"{daemon.PUT_BACK} && {{ {daemon.RESTART}; }}", name=name),
        why="Docker is restarted with the configuration it had before",
    )


def _config(settings: ContainerRuntimeSettings) -> str:
    existing = host.get_fact(Configuration)
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
        path=daemon.PATH,
        text=config,
        mode=daemon.mode(config),
        seen=host.get_fact(Configuration),
        validate=f"{daemon.UNHIDE} && {daemon.VALIDATE} && {daemon.LEAVE}",
        name="Write Docker configuration",
    )
    operations.disrupts(written, why="Docker is restarted")
    operations.disrupts(
        pinned_packages(
            names=packages.DOCKER[settings.docker_package],
            promised=settings.docker_version,
            beside=packages.BESIDE[settings.docker_package],
            held_beside=packages.HELD[settings.docker_package],
            name="Install Docker",
        ),
        why=f"Docker {settings.docker_version}",
    )
    operations.disrupts(
        operations.shell(
            command=daemon.RESTART, name="Restart Docker", _if=_daemon_is_stale(written)
        ),
        why="Docker is restarted",
    )
    operations.unit(unit_name="docker.service", name="Start Docker")
    operations.until(
        command=daemon.ALIVE,
        seconds=60,
        otherwise="Docker does not answer; see journalctl -u docker",
        name="Await Docker's answer",
    )
    recorded_configuration(name="Record proven Docker configuration")


def _daemon_is_stale(written: OperationMeta) -> Callable[[], bool]:
    """Judged by the running engine, not by this run: an earlier one may have been killed."""

    def is_stale() -> bool:
        if not written.is_complete() and written.will_change:
            return bool(installed_versions(("docker.io", "docker-ce")))
        return host.get_fact(DaemonIsStale)

    return is_stale


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
def recorded_configuration() -> Commands:
    """The configuration with which Docker answers is the one to which a failed change goes back."""
    if host.get_fact(RecordedConfiguration) != "same":
        yield StringCommand(daemon.KEEP)


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
