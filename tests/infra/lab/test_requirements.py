import errno

import pytest

from infra.lab.requirements import disk_to_write_on, refuse_unfit, shortages
from infra.lab.shell import LabError
from infra.lab.spec import LabHost


def test_a_machine_with_room_is_fine() -> None:
    assert shortages(disk_gb=7, memory_mib=8000, cached=False) == ()


def test_too_little_of_both_is_told_at_once() -> None:
    disk, memory = shortages(disk_gb=2.5, memory_mib=1000, cached=False)
    assert "6 GB" in disk
    assert "2.5 are free" in disk
    assert "1000 are free" in memory


def test_what_is_cached_needs_no_disk_again() -> None:
    assert shortages(disk_gb=2.5, memory_mib=8000, cached=True) == ()


@pytest.mark.parametrize(
    ("name", "address"),
    [("n1", "192.0.2.7"), ("n1", "10.77.0.2"), ("n1", "10.77.0.1"), ("services", "10.77.0.9")],
)
def test_hosts_that_cannot_be_are_refused_by_name(name: str, address: str) -> None:
    with pytest.raises(LabError, match=name):
        refuse_unfit([LabHost(name=name, address=address, user="root", os="debian-13")])


def test_a_host_inside_the_subnet_is_fine() -> None:
    refuse_unfit([LabHost(name="n1", address="10.77.0.9", user="root", os="debian-13")])


def test_a_disk_that_fills_up_is_told_with_the_file() -> None:
    with pytest.raises(LabError, match=r"no space is left for /full/disk"), disk_to_write_on():
        raise OSError(errno.ENOSPC, "No space left on device", "/full/disk")


def test_another_failure_of_the_system_stays_what_it_is() -> None:
    with pytest.raises(PermissionError), disk_to_write_on():
        raise PermissionError(errno.EACCES, "Permission denied", "/shut")
