import pytest

from roles.gpu_driver import packages


@pytest.mark.parametrize(
    "name",
    [
        "nvidia-utils-580-server",
        "nvidia-driver-cuda",
        "nvidia-kernel-open-dkms",
        "nvidia-compute-utils-580",
        "nvidia-fabricmanager-575",
        "nvidia-firmware-580-server-580.95.05",
        "libnvidia-compute-580",
        "libnvidia-cfg1-580-server",
        "libnvidia-ml1",
        "libcuda1",
        "linux-modules-nvidia-580-server-open-generic",
        "linux-objects-nvidia-580-server-6.8.0-87-generic",
        "firmware-nvidia-gsp",
        "cuda-drivers-580",
        "xserver-xorg-video-nvidia-580",
    ],
)
def test_packages_of_a_driver_are_told(name: str) -> None:
    assert packages.is_driver(name)


@pytest.mark.parametrize(
    "name",
    [
        "nvidia-container-toolkit",
        "nvidia-container-toolkit-base",
        "libnvidia-container1",
        "libnvidia-container-tools",
        "nvidia-settings",
        "nvidia-cuda-toolkit",
        "nvidia-docker2",
        "linux-image-generic",
        "libcuda1-extra",
    ],
)
def test_packages_beside_a_driver_are_left_alone(name: str) -> None:
    assert not packages.is_driver(name)


def test_version_and_branch_are_read_from_versions() -> None:
    assert packages.branch("580.95.05") == "580"
    assert packages.upstream("580.95.05-0ubuntu0.24.04.2") == "580.95.05"
    assert packages.upstream("1:580.95.05-1") == "580.95.05"


@pytest.mark.parametrize(
    ("kernel", "installed", "flavour"),
    [
        ("6.8.0-87-generic", [], "generic"),
        ("6.8.0-1040-aws", ["linux-image-aws"], "aws"),
        ("6.14.0-33-generic", ["linux-image-generic-hwe-24.04"], "generic-hwe-24.04"),
        ("6.14.0-33-generic", ["linux-generic-hwe-24.04"], "generic-hwe-24.04"),
        ("6.14.0-33-generic", ["linux-image-lowlatency-hwe-24.04"], "generic"),
        ("6.12.48+deb13-amd64", [], "generic"),
    ],
)
def test_the_flavour_is_that_of_the_kernel(kernel: str, installed: list[str], flavour: str) -> None:
    assert packages.flavour(kernel, installed=installed) == flavour


def names(origin: str, os: str, version: str, modules: str = "open") -> list[str]:
    sets = packages.wanted(
        origin=origin, os=os, version=version, modules=modules, flavour="generic"
    )
    return [alternatives[0] for alternatives in sets]


def test_ubuntus_set_is_the_headless_server_series() -> None:
    assert names("ubuntu", "ubuntu", "580.95.05") == [
        "linux-modules-nvidia-580-server-open-generic",
        "nvidia-headless-no-dkms-580-server-open",
        "nvidia-utils-580-server",
    ]
    assert names("ubuntu", "ubuntu", "535.274.02", "proprietary") == [
        "linux-modules-nvidia-535-server-generic",
        "nvidia-headless-no-dkms-535-server",
        "nvidia-utils-535-server",
    ]


def test_nvidias_names_carry_the_branch_up_to_580() -> None:
    assert names("nvidia", "ubuntu", "580.95.05") == [
        "nvidia-dkms-580-open",
        "libnvidia-compute-580",
        "nvidia-utils-580",
        "nvidia-persistenced",
    ]
    assert names("nvidia", "ubuntu", "580.95.05", "proprietary")[0] == "nvidia-dkms-580"


def test_nvidias_names_carry_no_branch_from_590() -> None:
    assert names("nvidia", "ubuntu", "590.48.01", "proprietary") == [
        "nvidia-driver-pinning-590.48.01",
        "nvidia-dkms",
        "libnvidia-compute",
        "nvidia-utils",
        "nvidia-persistenced",
    ]
    assert "nvidia-dkms-open" in names("nvidia", "ubuntu", "590.48.01")


def test_nvidias_debian_names_are_debians() -> None:
    assert names("nvidia", "debian", "580.95.05") == [
        "nvidia-kernel-open-dkms",
        "nvidia-driver-cuda",
        "nvidia-persistenced",
    ]
    assert names("nvidia", "debian", "580.95.05", "proprietary")[0] == "nvidia-kernel-dkms"


@pytest.mark.parametrize(
    ("origin", "name", "version", "own"),
    [
        ("ubuntu", "nvidia-utils-580-server", "580.95.05-0ubuntu0.24.04.2", True),
        ("ubuntu", "nvidia-firmware-580-server-580.95.05", "580.95.05-0ubuntu0.24.04.2", True),
        ("ubuntu", "nvidia-utils-580", "580.95.05-0ubuntu0.24.04.2", False),
        ("ubuntu", "libcuda1", "580.95.05-1", False),
        ("nvidia", "nvidia-utils-580", "580.95.05-0ubuntu1", True),
        ("nvidia", "libcuda1", "580.95.05-1", True),
        ("nvidia", "nvidia-utils-580", "580.95.05-0ubuntu0.24.04.2", False),
        ("nvidia", "nvidia-utils-580-server", "580.95.05-1", False),
        ("nvidia", "linux-modules-nvidia-580-open-generic", "6.8.0-87.88", False),
    ],
)
def test_an_origin_knows_its_packages(origin: str, name: str, version: str, own: bool) -> None:
    assert packages.is_from(origin, name=name, version=version) is own
