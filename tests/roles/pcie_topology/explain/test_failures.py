"""Lines in which NVIDIA's tools tell of a failure."""

import pytest

from roles.pcie_topology.explain import failures


def test_a_failure_between_good_rows_is_found_with_its_address() -> None:
    text = (
        "0, NVIDIA GeForce RTX 3060, 00000000:05:00.0, 43.33 W\n"
        "Unable to determine the device handle for GPU1: 0000:0A:00.0: GPU is lost.  Reboot\n"
    )
    (found,) = failures.found(text)
    assert (found.severity, found.subject) == ("error", "GPU 0000:0a:00.0")


def test_a_failure_that_is_told_twice_is_one() -> None:
    assert len(failures.found("No devices were found\n" * 3)) == 1


def test_every_known_failure_says_what_to_do() -> None:
    assert all(failure.message and failure.advice for failure in failures._known())


@pytest.mark.parametrize(
    ("address", "sysfs"),
    [
        ("00000000:C1:00.0", "0000:c1:00.0"),
        ("0000000F:01:00.0", "000f:01:00.0"),
        ("0000:0A:00.0", "0000:0a:00.0"),
        ("0A:00.0", "0000:0a:00.0"),
    ],
)
def test_addresses_are_written_as_sysfs_writes_them(address: str, sysfs: str) -> None:
    assert failures.sysfs(address) == sysfs
