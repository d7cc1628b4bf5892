import pytest

from infra.observed import Package
from roles.gpu_driver import kernels

RUNNING = "6.8.0-87-generic"


def installed(*names: str, held: bool = True, version: str = "6.8.0-87.88") -> dict[str, Package]:
    return {name: Package(version=version, held=held) for name in names}


@pytest.mark.parametrize(
    "name",
    [
        "linux-image-generic",
        "linux-headers-generic-hwe-24.04",
        "linux-generic",
        "linux-generic-hwe-24.04",
        "linux-aws",
        "linux-image-amd64",
        "linux-headers-cloud-amd64",
        f"linux-image-{RUNNING}",
        f"linux-modules-extra-{RUNNING}",
    ],
)
def test_metapackages_and_the_running_kernel_are_a_pair_with_the_driver(name: str) -> None:
    assert kernels.pair(installed(name), running=RUNNING) == (name,)
    assert kernels.loose(installed(name, held=False), running=RUNNING) == (name,)
    assert kernels.loose(installed(name), running=RUNNING) == ()


@pytest.mark.parametrize(
    "name",
    [
        "linux-image-6.8.0-84-generic",
        "linux-image-unsigned-6.8.0-84-generic",
        "linux-image-extra-virtual",
        "linux-image-amd64-dbg",
        "linux-base",
        "linux-libc-dev",
        "linux-firmware",
    ],
)
def test_other_linux_packages_are_free(name: str) -> None:
    assert kernels.pair(installed(name), running=RUNNING) == ()
    assert kernels.header_metas(installed(name)) == {}


def test_an_image_metapackage_wants_its_headers_at_its_version() -> None:
    found = installed("linux-image-amd64", "linux-image-6.12.57+deb13-amd64", version="6.12.57-1")
    assert kernels.header_metas(found) == {"linux-headers-amd64": "6.12.57-1"}
    assert kernels.lacking_metas(found) == ("linux-headers-amd64",)
    assert kernels.lacking_metas({**found, **installed("linux-headers-amd64")}) == ()


def test_headers_are_asked_for_each_kernel_that_lacks_them() -> None:
    found = installed("linux-image-generic")
    assert kernels.headers(found, bare=["6.8.0-90-generic"]) == {
        "linux-headers-6.8.0-90-generic": None,
        "linux-headers-generic": "6.8.0-87.88",
    }


def test_only_what_the_sources_have_is_asked_for() -> None:
    asked = {"linux-headers-6.8.0-90-generic": None, "linux-headers-generic": "6.8.0-87.88"}
    newer = {"linux-headers-generic": ("6.8.0-94.96",)}
    assert kernels.obtainable(asked, offered=newer) == {}
    both = {
        "linux-headers-generic": ("6.8.0-94.96", "6.8.0-87.88"),
        "linux-headers-6.8.0-90-generic": ("6.8.0-90.91",),
    }
    assert kernels.obtainable(asked, offered=both) == asked


def test_offers_are_read_by_package() -> None:
    lines = [
        "linux-headers-amd64 | 6.12.63-1 | http://mirror.example/debian trixie/main amd64 Packages",
        "linux-headers-amd64 | 6.12.57-1 | http://mirror.example/debian trixie/main amd64 Packages",
        "linux | 6.12.57-1 | http://mirror.example/debian trixie/main Sources",
    ]
    assert kernels.parse_offers(lines) == {"linux-headers-amd64": ("6.12.63-1", "6.12.57-1")}
    assert "'a b'" in kernels.offers_command(["a b"])
