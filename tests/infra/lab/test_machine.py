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
