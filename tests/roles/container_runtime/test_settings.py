import pytest
from pydantic import ValidationError

from roles.container_runtime import ROLE
from roles.container_runtime.settings import ContainerRuntimeSettings


def settings(**values: object) -> ContainerRuntimeSettings:
    return ContainerRuntimeSettings(**{"docker_version": "26.1", **values})


def test_the_role_is_known_by_its_folder() -> None:
    assert (ROLE.name, ROLE.settings) == ("container_runtime", ContainerRuntimeSettings)


@pytest.mark.parametrize("version", ["20.10.24+dfsg1-1", "5:25.0.3-1~debian.12~bookworm"])
def test_docker_before_26_is_refused(version: str) -> None:
    with pytest.raises(ValidationError, match="older than 26"):
        settings(docker_version=version)


@pytest.mark.parametrize("version", ["26.1", "26.1.5+dfsg1-9", "5:28.5.1-1~ubuntu.24.04~noble"])
def test_docker_from_26_is_accepted(version: str) -> None:
    assert settings(docker_version=version).docker_version == version


@pytest.mark.parametrize("version", ["1.19.0", "1.17.8-1"])
def test_a_vulnerable_toolkit_is_refused_by_the_name_of_its_hole(version: str) -> None:
    with pytest.raises(ValidationError, match=r"CVE-2026-24260.*allow_vulnerable_toolkit"):
        settings(toolkit_version=version)


def test_a_vulnerable_toolkit_may_be_allowed_or_not_be_used() -> None:
    assert settings(toolkit_version="1.19.0", allow_vulnerable_toolkit=True)
    assert settings(toolkit_version="1.19.0", gpus=False)


def test_a_mirror_carries_no_password() -> None:
    with pytest.raises(ValidationError, match="without a password"):
        settings(registry_mirrors=("https://user:secret@host",))
    assert settings(registry_mirrors=["http://10.0.0.1:5000"]).registry_mirrors


def test_an_option_with_a_setting_of_its_own_is_refused() -> None:
    with pytest.raises(ValidationError, match="log_max_size"):
        settings(daemon_options={"log-opts": {}})
