import pytest
from pydantic import ValidationError

from roles.gpu_driver.settings import GpuDriverSettings


def sentence(**given: object) -> str:
    with pytest.raises(ValidationError) as refused:
        GpuDriverSettings.model_validate({"version": "580.95.05", "origin": "nvidia", **given})
    return str(refused.value.errors()[0]["msg"])


@pytest.mark.parametrize("version", ["580.95.05", "535.98", "1000.1.2"])
def test_exact_versions_are_taken(version: str) -> None:
    assert GpuDriverSettings(version=version, origin="ubuntu").version == version


@pytest.mark.parametrize("branch", ["580", "580.x"])
def test_a_branch_is_refused_with_what_to_give(branch: str) -> None:
    assert f'"{branch}" is a branch; give a version, e.g. 580.95.05' in sentence(version=branch)


@pytest.mark.parametrize("text", ["580.95.05-0ubuntu1", "latest", "580.95.05; reboot", ""])
def test_other_texts_are_no_version(text: str) -> None:
    assert "is no driver version" in sentence(version=text)


def test_a_package_name_that_is_none_is_refused() -> None:
    assert "is no package name" in sentence(extra_packages=["nvidia fabricmanager"])


def test_good_extra_packages_are_taken() -> None:
    taken = GpuDriverSettings(
        version="580.95.05", origin="nvidia", extra_packages=("nvidia-fabricmanager",)
    )
    assert taken.extra_packages == ("nvidia-fabricmanager",)


def test_an_unknown_origin_is_refused() -> None:
    assert "'ubuntu', 'debian' or 'nvidia'" in sentence(origin="run")
