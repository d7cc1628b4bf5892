"""What is true of a host whose container runtime keeps its promise."""

import json
from collections.abc import Sequence

import pytest
from testinfra.host import Host

from infra import observed
from infra.judgement import not_concerned
from roles.container_runtime import cdi, containers, daemon, packages
from roles.container_runtime.settings import ContainerRuntimeSettings


def check_docker_is_pinned(host: Host, settings: ContainerRuntimeSettings) -> None:
    """Docker's packages are at the promised version and held."""
    names = packages.DOCKER[settings.docker_package]
    found = _packages(host, names)
    assert names[0] in found, f"{names[0]} is not installed, promised {settings.docker_version}"
    _pinned(found, promised=settings.docker_version)


def check_docker_runs_at_the_pinned_version(host: Host, settings: ContainerRuntimeSettings) -> None:
    """The Docker engine that runs has the promised version, not one installed earlier."""
    running = host.run(f"{daemon.DOCKER} version --format '{{{{.Server.Version}}}}' 2>&1")
    assert running.rc == 0, f"Docker does not answer: {running.stdout.strip()[-200:]}"
    installed = _packages(host, packages.DOCKER[settings.docker_package][:1])
    versions = [package.version for package in installed.values()]
    found = running.stdout.strip()
    assert any(packages.keeps(version, found.partition("+")[0]) for version in versions), (
        f"the running engine is {found}, installed is {', '.join(versions) or 'none'}: "
        "restart docker.service"
    )


def check_docker_starts_at_boot(host: Host, settings: ContainerRuntimeSettings) -> None:
    """Docker is enabled, so that it runs after a reboot."""
    answer = host.run(observed.unit_command("docker.service"))
    unit = observed.parse_unit(answer.stdout.splitlines())
    assert unit.enabled == "enabled", f"docker.service is {unit.enabled or 'absent'}, not enabled"


def check_toolkit_is_pinned(host: Host, settings: ContainerRuntimeSettings) -> None:
    """The four container toolkit packages are at the promised version and held."""
    if settings.gpus:
        found = _packages(host, packages.TOOLKIT)
        absent = [name for name in packages.TOOLKIT if name not in found]
        assert not absent, f"{', '.join(absent)}: not installed"
        _pinned(found, promised=settings.toolkit_version)


def check_toolkit_is_safe(host: Host, settings: ContainerRuntimeSettings) -> None:
    """The installed container toolkit is not one that a container can break out of."""
    if not settings.gpus:
        not_concerned("no container gets GPUs")
    found = _packages(host, packages.TOOLKIT)
    unsafe = packages.unsafe({name: package.version for name, package in found.items()})
    assert found, "no container toolkit is installed"
    assert not unsafe, f"{', '.join(unsafe)}: older than 1.19.1, which closes CVE-2026-24260"


def check_old_runtimes_are_absent(host: Host, settings: ContainerRuntimeSettings) -> None:
    """None of the packages that the container toolkit replaced is installed."""
    found = _packages(host, packages.OLD)
    assert not found, f"{', '.join(found)}: installed, replaced by nvidia-container-toolkit"


def check_docker_configuration_is_promised(host: Host, settings: ContainerRuntimeSettings) -> None:
    """Docker's daemon.json holds every promised key."""
    text = host.run(daemon.SHOW_COMMAND).stdout
    try:
        lacking = daemon.missing(daemon.parse(text), ours=daemon.promised(settings))
    except daemon.NotJson as problem:
        lacking = [str(problem)]
    assert not lacking, "; ".join(lacking)


def check_docker_runs_with_its_configuration(
    host: Host, settings: ContainerRuntimeSettings
) -> None:
    """The running Docker engine has read daemon.json as it is, and keeps it."""
    answer = host.run(f"{daemon.STALE_COMMAND}; {daemon.DOCKER} info --format '{{{{json .}}}}'")
    stale, _, text = answer.stdout.strip().rpartition("\n")
    assert text.startswith("{"), f"Docker does not answer: {answer.stderr.strip()[-200:]}"
    assert not stale, "daemon.json is newer than the engine that runs: restart docker.service"
    wrong = daemon.not_in_force(json.loads(text), settings=settings)
    assert not wrong, "; ".join(wrong)


def check_docker_configuration_is_on_record(host: Host, settings: ContainerRuntimeSettings) -> None:
    """The configuration with which Docker runs is on record: there is a way back to it."""
    found = host.run(daemon.RECORD_COMMAND).stdout.strip()
    assert found == "same", f"{daemon.GOOD}: {'is another one' if found == 'other' else 'absent'}"


def check_docker_configuration_shows_no_password(
    host: Host, settings: ContainerRuntimeSettings
) -> None:
    """No password that Docker's configuration holds can be read by anybody but root."""
    answer = host.run(f"stat -c %a {daemon.PATH}; {daemon.SHOW_COMMAND}").stdout
    mode, _, text = answer.partition("\n")
    assert daemon.mode(text) != "600" or mode.endswith("00"), (
        f"{daemon.PATH} holds a password and has mode {mode}, promised 600"
    )


def check_gpus_are_described_to_containers(host: Host, settings: ContainerRuntimeSettings) -> None:
    """The CDI specification has every GPU, the loaded driver and the installed toolkit."""
    if settings.gpus:
        wrong = cdi.faults(_gpus(host))
        assert not wrong, f"{cdi.SPEC}: {'; '.join(wrong)}"


def check_gpus_are_described_once(host: Host, settings: ContainerRuntimeSettings) -> None:
    """No second CDI specification describes the GPUs, or is about to."""
    if settings.gpus:
        others = _gpus(host).others
        assert not others, f"{', '.join(others)}: describes the GPUs beside {cdi.SPEC}"
        enabled = _enabled(host, cdi.TOOLKIT_UNITS)
        assert not enabled, f"{', '.join(enabled)}: enabled, and will write a second specification"


def check_gpus_are_described_at_boot(host: Host, settings: ContainerRuntimeSettings) -> None:
    """The CDI specification is made anew at each boot, when device numbers may change."""
    if settings.gpus:
        assert _enabled(host, (cdi.UNIT,)), f"{cdi.UNIT} is not enabled"


def check_containers_see_their_gpus(host: Host, settings: ContainerRuntimeSettings) -> None:
    """Containers that asked for GPUs see them; when none runs, a new container sees all."""
    if not settings.gpus:
        return
    asked = _gpu_containers(host)
    for container in asked:
        answer = host.run(containers.seen_command(container.id))
        _sees(answer.stdout, rc=answer.rc, who=f"container {container.id[:12]}")
    if not asked:
        image = host.run(containers.IMAGE_COMMAND).stdout.strip()
        if not image:
            pytest.skip("no container with GPUs runs and no image is on the host to try one with")
        answer = host.run(containers.trial_command(image))
        _sees(answer.stdout, rc=answer.rc, who=f"a new container of {image[:19]}")
        lacking = set(_gpus(host).devices) - set(cdi.parse_devices(answer.stdout.splitlines()))
        assert not lacking, f"a new container with all GPUs lacks {', '.join(sorted(lacking))}"


def check_gpus_survive_daemon_reload(host: Host, settings: ContainerRuntimeSettings) -> None:
    """Running containers still see their GPUs after systemd has read its units anew."""
    if not settings.gpus:
        return
    asked = _gpu_containers(host)
    if not asked:
        pytest.skip("no container with GPUs runs")
    answer = host.run(containers.reload_command(asked)).stdout.strip().splitlines()
    before, after = containers.parse_reload(answer)
    if not any(cdi.parse_devices(before)):
        pytest.skip("no running container sees a GPU to begin with")
    assert after == before, (
        f"after systemctl daemon-reload containers say: {' / '.join(after)[-300:]}; start them "
        "with --device nvidia.com/gpu=..., not --gpus"
    )


def _sees(text: str, *, rc: int, who: str) -> None:
    seen = cdi.parse_devices(text.splitlines())
    assert rc == 0 and seen, f"{who} sees no GPU: {text.strip()[-200:]}"


def _gpu_containers(host: Host) -> tuple[containers.GpuContainer, ...]:
    answer = host.run(containers.LIST_COMMAND).stdout.strip()
    return containers.parse_list(answer.splitlines()) if answer else ()


def _gpus(host: Host) -> cdi.State:
    return cdi.parse(host.run(cdi.COMMAND).stdout.splitlines())


def _packages(host: Host, names: Sequence[str]) -> dict[str, observed.Package]:
    answer = host.run(observed.packages_command(tuple(names)))
    return observed.parse_packages(answer.stdout.splitlines())


def _pinned(found: dict[str, observed.Package], *, promised: str) -> None:
    others = [
        f"{name} {package.version}"
        for name, package in found.items()
        if not packages.keeps(package.version, promised)
    ]
    assert not others, f"{', '.join(others)}: promised {promised}"
    free = [name for name, package in found.items() if not package.held]
    assert not free, f"{', '.join(free)}: not held, an upgrade would move it"


def _enabled(host: Host, units: Sequence[str]) -> list[str]:
    asked = " ".join(units)
    answer = host.run(f"for u in {asked}; do echo $u $(systemctl is-enabled $u 2>/dev/null); done")
    rows = [line.split() for line in answer.stdout.splitlines()]
    return [row[0] for row in rows if len(row) > 1 and row[1] in ("enabled", "enabled-runtime")]
