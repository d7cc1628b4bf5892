"""Versions of driver and user space, as nvidia-smi prints them."""

import pytest

from roles.pcie_topology.explain import driver_version


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("590.48", "590.48.01", False),
        ("590.48.01", "590.48.1", False),
        ("590.48.01", "590.48.02", True),
        ("590.48", "590.44.01", True),
        ("", "590.48", False),
        ("N/A", "590.48", False),
    ],
)
def test_a_shorter_version_contradicts_only_by_what_it_says(
    one: str, other: str, differ: bool
) -> None:
    assert driver_version.differ(one, other) == driver_version.differ(other, one) == differ


def test_a_deprecated_value_still_gives_its_version() -> None:
    value = "610.57.04 [Deprecated; will be removed in CUDA 14.0. Use KMD Version instead]"
    assert driver_version.clean(value) == "610.57.04"
    assert driver_version.clean('Deprecated, see "KMD version" instead') == ""


def test_two_numbers_are_a_driver_of_windows() -> None:
    assert driver_version.is_windows("616.64")
    assert not driver_version.is_windows("580.126.20")


def test_a_banner_gives_three_versions() -> None:
    assert driver_version.banner(
        "| NVIDIA-SMI 610.43.02     KMD Version: 610.43.02    CUDA UMD Version: 13.3     |"
    ) == ("610.43.02", "610.43.02", "13.3")
    assert driver_version.banner("| GPU  Name |") is None
