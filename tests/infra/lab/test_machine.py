import pytest

from infra.lab import machine


def test_only_a_limited_machine_stands_before_runc() -> None:
    assert "usr/local/sbin/runc" in machine.files(limited=True)
    assert "usr/local/sbin/runc" not in machine.files(limited=False)


def test_every_unit_is_there_and_enabled() -> None:
    files, links = machine.files(limited=False), machine.links()
    units = [name for name in files if name.endswith(".service")]
    assert len(units) == len(links) == 2
    for name in links:
        assert f"etc/systemd/system/{name.rpartition('/')[2]}" in files


def test_kernel_parameters_are_names_below_proc_sys() -> None:
    names = machine.files(limited=False)["opt/lab/sysctls"].text.splitlines()
    assert names == sorted(set(names))
    assert not [name for name in names if name.startswith(("/", "net/"))]


ALL, NO_SYS_RESOURCE = "CapBnd:\t000001ffffffffff\n", "CapBnd:\t000001fffeffffff\n"


@pytest.mark.parametrize(
    ("status", "granted", "limited"),
    [
        (ALL, {"cpu", "io", "memory"}, False),
        (NO_SYS_RESOURCE, {"cpu", "io", "memory"}, True),
        (ALL, {"pids", "memory"}, True),
        (ALL, set(), True),
    ],
)
def test_a_machine_is_limited_by_its_rights_and_by_its_controllers(
    status: str, granted: set[str], limited: bool
) -> None:
    assert machine.limited(f"Name:\tx\n{status}", granted=granted) is limited
