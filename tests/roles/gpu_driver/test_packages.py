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
        "firmware-nvidia-tesla-535-gsp",
        "nvidia-driver",
        "nvidia-driver-580-server",
        "nvidia-driver-libs",
        "libnvidia-eglcore",
        "libnvidia-extra-580",
        "libnvidia-encode1",
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
        "libnvidia-egl-wayland1",
        "libnvidia-egl-gbm1",
        "firmware-nvidia-graphics",
        "nvidia-driver-local-repo-ubuntu2404-580.95.05",
        "nvidia-driver-assistant",
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
        ("6.8.0-1040-nvidia-64k", [], "nvidia-64k"),
        ("6.8.0-87-generic-64k", ["linux-image-generic-64k-hwe-24.04"], "generic-64k-hwe-24.04"),
    ],
)
def test_the_flavour_is_that_of_the_kernel(kernel: str, installed: list[str], flavour: str) -> None:
    assert packages.flavour(kernel, installed=installed) == flavour


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
        ("ubuntu", "nvidia-fabricmanager-580", "580.95.05-0ubuntu0.24.04.2", True),
        ("nvidia", "nvidia-fabricmanager", "580.95.05-1", True),
        ("nvidia", "nvidia-kernel-common", "20240109+1", False),
        ("nvidia", "libcuda1", "535.261.03-1~deb12u1", False),
        ("nvidia", "nvidia-open-kernel-dkms", "550.163.01-2", False),
        ("debian", "nvidia-open-kernel-dkms", "550.163.01-2", True),
        ("debian", "nvidia-kernel-common", "20240109+1", True),
        ("debian", "nvidia-tesla-535-driver", "535.274.02-1", True),
        ("debian", "nvidia-kernel-open-dkms", "580.95.05-1", False),
        ("debian", "nvidia-open", "590.48.01-1", False),
        ("debian", "libnvidia-compute-580", "580.95.05-1", False),
        ("debian", "nvidia-utils-580-server", "580.95.05-0ubuntu0.24.04.2", False),
        ("nvidia", "linux-modules-nvidia-580-open-generic", "6.8.0-87.88", False),
    ],
)
def test_an_origin_knows_its_packages(origin: str, name: str, version: str, own: bool) -> None:
    assert packages.is_from(origin, name=name, version=version) is own


def test_debians_tools_have_versions_of_their_own() -> None:
    assert not packages.follows_driver("nvidia-modprobe", origin="debian")
    assert packages.follows_driver("nvidia-modprobe", origin="nvidia")
    assert packages.follows_driver("libcuda1", origin="debian")
    assert not packages.follows_driver("nvidia-driver-pinning-590", origin="nvidia")


@pytest.mark.parametrize(
    ("name", "builds"),
    [
        ("nvidia-dkms-580-open", True),
        ("nvidia-kernel-open-dkms", True),
        ("nvidia-open-kernel-dkms", True),
        ("nvidia-headless-no-dkms-580-server-open", False),
        ("linux-modules-nvidia-580-server-open-generic", False),
        ("dkms", False),
    ],
)
def test_packages_that_build_on_the_host_are_told(name: str, builds: bool) -> None:
    assert packages.is_dkms(name) is builds
