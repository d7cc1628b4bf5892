import subprocess

import pytest

from infra.observed import Package
from roles.cuda_toolkit import toolkit

LINES = """\
package cuda-nvcc-12-9 12.9.86-1 hold installed
package cuda-toolkit-12-9 12.9.1-1 install installed
package cuda-toolkit-12-8 12.8.1-1 install installed
package cuda-toolkit-config-common 12.9.79-1 install installed
package cuda-drivers 595.71.05-1 install installed
package libcublas-12-9 12.9.1.4-1 deinstall config-files
link /usr/local/cuda-12.9
offer cuda-toolkit-12-9 | 12.9.1-1 | http://mirror.example/cuda trixie/nvidia amd64 Packages
offer cuda-toolkit-12-9 | 12.9.0-1 | http://mirror.example/cuda trixie/nvidia amd64 Packages
""".splitlines()
FOUND = toolkit.parse(LINES, version="12.9.1")


def test_packages_of_the_release_are_its_own() -> None:
    assert toolkit.own(FOUND) == {
        "cuda-nvcc-12-9": Package("12.9.86-1", held=True),
        "cuda-toolkit-12-9": Package("12.9.1-1", held=False),
    }
    assert set(FOUND.installed) - set(toolkit.own(FOUND)) == {"cuda-drivers"}


def test_the_link_and_the_offers_are_read() -> None:
    assert FOUND.link == "/usr/local/cuda-12.9"
    assert toolkit.offered(FOUND, version="12.9.0") == "12.9.0-1"
    assert toolkit.offered(FOUND, version="12.9.2") is None
    assert "(offered: 12.9.1-1, 12.9.0-1)" in toolkit.not_offered(FOUND, version="12.9.2")


def test_names_carry_the_release() -> None:
    assert toolkit.package("13.0.2") == "cuda-toolkit-13-0"
    assert toolkit.folder("13.0.2") == "/usr/local/cuda-13.0"


@pytest.mark.parametrize(
    "name", ["cuda", "cuda-12-9", "cuda-drivers", "cuda-drivers-580", "cuda-runtime-12-9"]
)
def test_metapackages_that_bring_a_driver_are_told(name: str) -> None:
    assert toolkit.BRINGS_DRIVER.fullmatch(name)


@pytest.mark.parametrize("name", ["cuda-toolkit-12-9", "cuda-nvcc-12-9", "cuda-compat-12-9"])
def test_parts_of_the_toolkit_bring_none(name: str) -> None:
    assert not toolkit.BRINGS_DRIVER.fullmatch(name)


def test_drivers_that_apt_would_touch_are_named_once() -> None:
    lines = [
        "Inst cuda-nvcc-12-9 (12.9.86-1 mirror [amd64])",
        "Inst libcuda1 [580.95.05-1] (595.71.05-1 mirror [amd64])",
        "Remv nvidia-driver-cuda [580.95.05-1]",
        "Inst cuda-drivers (595.71.05-1 mirror [amd64])",
        "Conf libcuda1 (595.71.05-1 mirror [amd64])",
    ]
    assert toolkit.moved_drivers(lines) == ("libcuda1", "nvidia-driver-cuda", "cuda-drivers")


def test_a_host_without_a_toolkit_says_nothing() -> None:
    done = subprocess.run(
        ["sh", "-c", toolkit.command("12.9.1")], capture_output=True, text=True, check=False
    )
    assert toolkit.parse(done.stdout.splitlines(), version="12.9.1").installed == {}
