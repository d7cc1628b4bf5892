import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MethodType

import pytest
from pyinfra import context
from pyinfra.api.host import Host
from pyinfra.connectors.ssh import SSHConnector

from infra import facts, observed, operations
from infra.apt import AptRepository
from infra.runner import run_role
from infra.stage import stage
from infra.testing import Command, Rehearsal, rehearse
from roles.container_runtime import cdi, daemon, packages
from roles.container_runtime.facts import (
    Configuration,
    DaemonIsStale,
    Gpus,
    Offers,
    RecordedConfiguration,
    RecordedRuns,
)
from roles.container_runtime.operations import apply, revert
from roles.container_runtime.settings import ContainerRuntimeSettings

SETTINGS = ContainerRuntimeSettings(docker_version="26.1", daemon_options={"mtu": 1400})
DOCKER, TOOLKIT = "26.1.5+dfsg1-9", "1.19.1-1"
SPEC = cdi.parse_spec((Path(__file__).parent / "cdi_spec.yaml").read_text())
GPUS = cdi.State(
    driver="580.95.05",
    devices=("GPU-00000001-0000-0000-0000-000000000000",),
    toolkit="1.19.1",
    spec=SPEC,
)
OFFERS = {
    **{name: (TOOLKIT,) for name in packages.TOOLKIT},
    "docker.io": (DOCKER,),
    "docker-cli": (DOCKER,),
}
ABSENT = observed.Unit(load="not-found", active="inactive", enabled="", needs_reload=False)
BARE = {Gpus: cdi.State(driver="580.95.05"), Offers: OFFERS, facts.Unit: ABSENT}
CONFIG = daemon.text_after("", ours=daemon.promised(SETTINGS))


def installed(names: tuple[str, ...]) -> dict[str, observed.Package]:
    versions = {**dict.fromkeys(packages.TOOLKIT, TOOLKIT), "docker.io": DOCKER}
    versions |= {"docker-cli": DOCKER, "containerd": "1", "runc": "1", "iptables": "1"}
    versions["ca-certificates"] = "1"
    return {
        name: observed.Package(version=versions[name], held=True)
        for name in names
        if name in versions
    }


def unit(unit: str) -> observed.Unit:
    if unit in cdi.TOOLKIT_UNITS:
        return observed.Unit(
            load="loaded", active="inactive", enabled="disabled", needs_reload=False
        )
    return observed.Unit(load="loaded", active="active", enabled="enabled", needs_reload=False)


GOOD = {
    Gpus: GPUS,
    facts.Packages: installed,
    facts.Unit: unit,
    Configuration: CONFIG,
    RecordedConfiguration: "same",
    DaemonIsStale: False,
    operations.Succeeds: True,
}


def texts(rehearsal: Rehearsal) -> list[str]:
    return [command.text for command in rehearsal.commands]


def test_on_a_bare_host_the_toolkit_and_the_configuration_come_before_docker() -> None:
    done = rehearse(apply, SETTINGS, facts=BARE)
    assert done.error is None
    order = [done.operations.index(name) for name in (
        "Install container toolkit", "Describe GPUs to containers",
        "Write Docker configuration", "Install Docker", "Start Docker",
    )]  # fmt: skip
    assert order == sorted(order)
    install = [text for text in texts(done) if " install " in text]
    assert f"nvidia-container-toolkit-base={TOOLKIT}" in install[0]
    assert f"docker.io={DOCKER}" in install[1] and f"docker-cli={DOCKER}" in install[1]
    assert sum("apt-mark hold" in text for text in texts(done)) == 2


def test_a_second_run_changes_nothing() -> None:
    first = rehearse(apply, SETTINGS, facts=GOOD)
    written = [command for command in first.commands if command.stdin]
    assert all("base64 -d" in text for text in texts(first))
    again = rehearse(apply, SETTINGS, facts={**GOOD, facts.FileStat: stats_of(written)})
    assert (again.error, again.commands) == (None, ())


def stats_of(written: list[Command]) -> Callable[[str], observed.FileStat]:
    found = {}
    for command in written:
        path = re.search(r'mv -f "\$t" (\S+)$', command.text).group(1).rstrip("'")
        mode = re.search(r"chmod (\d+)", command.text).group(1)
        digest = hashlib.sha256(base64.b64decode(command.stdin)).hexdigest()
        found[path] = observed.FileStat(mode=mode, user="root", group="root", sha256=digest)
    return lambda path: found[path]


def test_no_driver_stops_the_role_before_anything_changes() -> None:
    done = rehearse(apply, SETTINGS, facts={Offers: OFFERS})
    assert "no NVIDIA driver is loaded" in done.error and done.commands == ()


def test_broken_json_stops_the_role_before_anything_changes() -> None:
    done = rehearse(apply, SETTINGS, facts={**BARE, Configuration: "{broken"})
    assert daemon.PATH in done.error and done.commands == ()


def test_a_version_that_is_not_offered_is_told() -> None:
    settings = SETTINGS.model_copy(update={"docker_version": "28.0"})
    done = rehearse(apply, settings, facts=BARE)
    [said] = [text for text in texts(done) if "offered" in text]
    assert "docker.io 28.0 is in no package source" in said and said.endswith(">&2; exit 1")


def test_an_engine_older_than_its_file_restarts_although_nothing_was_written() -> None:
    done = rehearse(apply, SETTINGS, facts={**GOOD, DaemonIsStale: True})
    assert "Restart Docker" in done.changed


def test_an_engine_as_new_as_its_file_is_left_running() -> None:
    assert "Restart Docker" not in rehearse(apply, SETTINGS, facts=GOOD).changed


@pytest.mark.parametrize(
    ("state", "command"),
    [
        (replace(GPUS, driver="580.126.09"), cdi.SCRIPT),
        (replace(GPUS, others=("/run/cdi/nvidia.yaml",)), "rm -f /run/cdi/nvidia.yaml"),
        (
            replace(GPUS, toolkit="9", others=("/run/cdi/a b.yaml",)),
            f"{cdi.SCRIPT} && rm -f '/run/cdi/a b.yaml'",
        ),
    ],
)
def test_a_stale_or_second_specification_is_put_right(state: cdi.State, command: str) -> None:
    assert command in texts(rehearse(apply, SETTINGS, facts={**GOOD, Gpus: state}))


def test_the_toolkits_own_refresh_is_disabled() -> None:
    on = observed.Unit(load="loaded", active="active", enabled="enabled", needs_reload=False)
    done = texts(rehearse(apply, SETTINGS, facts={**GOOD, facts.Unit: on}))
    assert [f"systemctl disable --now {name}" for name in cdi.TOOLKIT_UNITS] == [
        text for text in done if "disable" in text
    ]


def test_old_packages_are_removed_and_their_files_stay() -> None:
    old = {"nvidia-docker2": observed.Package(version="2.13", held=False)}
    done = rehearse(
        apply,
        SETTINGS,
        facts={**GOOD, facts.Packages: lambda names: {**installed(names), **old}
               if names == packages.OLD else installed(names)},
    )  # fmt: skip
    [text] = [text for text in texts(done) if "nvidia-docker2" in text]
    assert " remove " in text and "purge" not in text


def test_without_gpus_nothing_of_nvidia_is_touched() -> None:
    settings = ContainerRuntimeSettings(docker_version="26.1", gpus=False)
    done = rehearse(apply, settings, facts={Offers: OFFERS, facts.Unit: ABSENT})
    assert done.error is None
    assert not any("toolkit" in text or "cdi" in text for text in texts(done))
    assert any("docker.io=" in text for text in texts(done))


def test_each_repository_that_is_given_is_written_before_its_packages() -> None:
    mirror = AptRepository(
        uri="https://mirror.example/apt",
        suites=("/",),
        key="-----BEGIN PGP PUBLIC KEY BLOCK-----\n",
    )
    given = {"toolkit_repository": mirror, "docker_repository": mirror}
    done = rehearse(apply, SETTINGS.model_copy(update=given), facts=BARE)
    said = texts(done)
    for source, package in (
        ("container-toolkit", "libnvidia-container1="),
        ("docker", "docker.io="),
    ):
        lists = next(at for at, text in enumerate(said) if f"infra-{source}.sources " in text)
        assert lists < next(at for at, text in enumerate(said) if package in text)


def test_a_plan_tells_of_a_restart_only_where_docker_is() -> None:
    for names, restarts in ((installed, True), ({}, False)):
        found = {**GOOD, facts.Packages: names, Configuration: "", Offers: OFFERS}
        with stage("plan", {}, connector=SSHConnector) as (state, host):
            host.get_fact = MethodType(answers(found), host)
            planned = run_role(
                "container_runtime", apply, SETTINGS, state=state, host=host, dry_run=True
            )
        changed = {done.name for done in planned.operations if done.changed}
        assert ("Restart Docker" in changed) is restarts


def answers(found: dict[type, object]) -> Callable[..., object]:
    def get_fact(_: Host, fact: type, **given: str) -> object:
        value = found.get(fact, fact.default())
        return value(**given) if callable(value) else value

    return get_fact


def reverted(facts: dict[type, object]) -> tuple[Rehearsal, str | None]:
    found, words, _ = told(facts)
    return found, words


def told(facts: dict[type, object]) -> tuple[Rehearsal, str | None, list[str]]:
    """A way back, its words, and what of it stops Docker."""
    said: list[str | None] = []
    marked: list[str] = []

    def acts(settings: ContainerRuntimeSettings) -> None:
        said.append(revert(settings))
        marked.extend(context.host.connector_data.get("disrupts", {}).values())

    found = rehearse(acts, SETTINGS, facts=facts)
    return found, said[0], marked


def test_a_configuration_with_which_docker_answers_is_recorded() -> None:
    done = rehearse(apply, SETTINGS, facts={**GOOD, RecordedConfiguration: "other"})
    assert done.operations[-1] == done.changed[-1] == "Record proven Docker configuration"


def test_the_recorded_configuration_is_put_back_and_docker_asked() -> None:
    lost = {**GOOD, RecordedConfiguration: "other", operations.Succeeds: False}
    done, words, marked = told(lost)
    assert marked == ["Docker is restarted with the configuration it had before"]
    assert done.changed == ("Bring back Docker configuration", "Await Docker's answer")
    assert "systemctl restart docker.service" in done.commands[0].text
    assert words == "Docker with its earlier /etc/docker/daemon.json"


def test_a_docker_that_never_read_the_other_file_goes_on() -> None:
    done, words, marked = told({**GOOD, RecordedConfiguration: "other", RecordedRuns: True})
    assert done.changed == ("Bring back Docker configuration",)
    assert not any("systemctl" in text for text in texts(done))
    assert "Await Docker's answer" in done.operations
    assert (words is not None, marked) == (True, [])


@pytest.mark.parametrize("record", ["none", "same"])
def test_without_another_record_there_is_no_way_back(record: str) -> None:
    done, words = reverted({**GOOD, RecordedConfiguration: record})
    assert (done.operations, words) == ((), None)


def test_a_password_in_the_configuration_makes_it_roots_alone() -> None:
    hidden = '{"proxies": {"http-proxy": "http://hidden-1@proxy:3128"}}'
    done = rehearse(apply, SETTINGS, facts={**GOOD, Configuration: hidden})
    [written] = [one for one in done.commands if "mktemp -p /etc/docker" in one.text]
    assert "chmod 600" in written.text and "dockerd --validate" in written.text
