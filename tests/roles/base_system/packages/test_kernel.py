import pytest

from roles.base_system.packages import kernel

UBUNTU = [
    "6.8.0-87-generic",
    "linux-base install installed",
    "linux-firmware install installed",
    "linux-generic hold installed",
    "linux-image-generic install installed",
    "linux-headers-generic install installed",
    "linux-generic-hwe-24.04 deinstall config-files",
    "linux-headers-6.8.0-87 install installed",
    "linux-headers-6.8.0-87-generic install installed",
    "linux-image-6.8.0-87-generic install installed",
    "linux-image-6.8.0-60-generic install installed",
    "linux-modules-6.8.0-87-generic install installed",
    "linux-modules-extra-6.8.0-87-generic install installed",
    "linux-modules-nvidia-580-server-open-generic install installed",
    "linux-libc-dev install installed",
    "linux-sysctl-defaults install installed",
]


def test_metapackages_and_the_running_kernel_count() -> None:
    found = kernel.parse(UBUNTU)
    assert found.held == {
        "linux-generic": True,
        "linux-image-generic": False,
        "linux-headers-generic": False,
        "linux-headers-6.8.0-87-generic": False,
        "linux-image-6.8.0-87-generic": False,
        "linux-modules-6.8.0-87-generic": False,
        "linux-modules-extra-6.8.0-87-generic": False,
    }
    assert "linux-generic" not in found.loose
    assert len(found.loose) == 6


@pytest.mark.parametrize(
    "name",
    [
        "linux-image-amd64",
        "linux-headers-cloud-amd64",
        "linux-image-generic-hwe-24.04",
        "linux-generic-hwe-22.04-edge",
        "linux-virtual",
        "linux-aws",
        "linux-image-virtual-hwe-24.04",
        "linux-nvidia-hwe-24.04",
    ],
)
def test_a_metapackage_is_known_by_its_name(name: str) -> None:
    assert kernel.parse(["6.1.0-1-amd64", f"{name} install installed"]).loose == (name,)


@pytest.mark.parametrize(
    "name", ["linux-image-6.1.0-13-amd64", "linux-modules-nvidia-580-generic", "linux-tools-common"]
)
def test_another_kernel_and_the_drivers_modules_do_not_count(name: str) -> None:
    assert kernel.parse(["6.1.0-1-amd64", f"{name} install installed"]).held == {}


def test_a_container_has_no_kernel_package() -> None:
    lines = ["6.18.44-fc", "linux-image unknown not-installed"]
    assert kernel.parse(lines).held == {}
    assert kernel.parse([]).held == {}
