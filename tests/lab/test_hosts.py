"""One lab host of the tests' own beside the inventory's: made, rebooted, ended, made anew."""

import os
import select
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.lab import cgroups, host, hosts, lab, mounts, network, place
from infra.lab.shell import LabError
from infra.lab.spec import LabHost

HOST = LabHost(name="test-1", address="10.77.0.91", user="ubuntu", os="ubuntu-24.04")
Shell = Callable[[str], str]


def _quiet(line: str) -> None:
    del line


@pytest.fixture(scope="module")
def lock_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lab") / "test.lock.yaml"


@pytest.fixture(scope="module")
def up(lock_path: Path) -> Iterator[None]:
    lab.up([HOST], lock_path=lock_path, say=_quiet)
    yield
    hosts.remove(HOST.name)


@pytest.fixture
def shell(up: None) -> Shell:
    def run(command: str) -> str:
        words = [*lab.ssh_command(HOST), "sudo", "sh", "-s"]
        done = subprocess.run(words, input=command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


def _boot_id(shell: Shell) -> str:
    return shell("cat /proc/sys/kernel/random/boot_id")


def test_a_fresh_host_holds_the_package_lock_for_its_first_seconds(shell: Shell) -> None:
    assert shell("systemctl show -P MainPID lab-first-boot") != "0"
    shell("apt-get check -q -o DPkg::Lock::Timeout=30")
    assert shell("cat /var/lib/lab/first-boot; echo done") == "done"


def test_a_host_boots_whole(shell: Shell) -> None:
    assert shell("systemctl is-system-running --wait; systemctl --failed --no-legend") == "running"


def test_root_may_not_log_in_where_a_user_does(up: None) -> None:
    words = [*lab.ssh_command(HOST)[:-1], "-o", "BatchMode=yes", f"root@{HOST.address}", "true"]
    assert subprocess.run(words, capture_output=True).returncode == 255


def test_a_host_knows_neither_outer_mirror_nor_outer_network(shell: Shell) -> None:
    assert shell("cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true") == ""
    assert shell("ip route show default") == ""


def test_a_host_trusts_the_labs_registry(shell: Shell) -> None:
    assert "llama.cpp" in shell("curl -sS --fail https://ghcr.io/v2/_catalog")


def test_kernel_parameters_of_a_host_are_its_own(shell: Shell) -> None:
    outer = Path("/proc/sys/vm/swappiness").read_text()
    assert shell("sysctl -q -w vm.swappiness=7; cat /proc/sys/vm/swappiness") == "7"
    assert Path("/proc/sys/vm/swappiness").read_text() == outer


def test_a_reboot_is_a_real_one(shell: Shell) -> None:
    before = _boot_id(shell)
    old = os.pidfd_open(cgroups.leader(HOST.name) or 0)
    shell("touch /etc/stays /run/goes; systemctl reboot")
    _wait_for_end(old)
    host.wait_ready([HOST])
    assert _boot_id(shell) != before
    assert float(shell("cut -d. -f1 /proc/uptime")) < 30
    assert shell("ls /etc/stays; ls /run/goes 2>/dev/null || true") == "/etc/stays"


def test_up_starts_a_host_that_was_ended_and_keeps_its_files(shell: Shell, lock_path: Path) -> None:
    shell("touch /etc/kept")
    cgroups.kill(HOST.name)
    lab.up([HOST], lock_path=lock_path, say=_quiet)
    assert shell("ls /etc/kept") == "/etc/kept"


def test_up_makes_an_unfinished_host_anew(shell: Shell, lock_path: Path) -> None:
    shell("touch /etc/gone")
    (host.folder(HOST.name) / "host.json").unlink()
    lab.up([HOST], lock_path=lock_path, say=_quiet)
    assert shell("ls /etc/gone 2>/dev/null || true") == ""


def test_up_with_nothing_to_do_leaves_lock_and_host_alone(shell: Shell, lock_path: Path) -> None:
    boot, text, said = _boot_id(shell), lock_path.read_text(), list[str]()
    lab.up([HOST], lock_path=lock_path, say=said.append)
    assert (_boot_id(shell), lock_path.read_text(), said) == (boot, text, [])


def test_reset_brings_a_bare_host_with_a_new_pinned_key(shell: Shell) -> None:
    shell("touch /etc/gone")
    before = place.KNOWN_HOSTS.read_text().splitlines()
    lab.reset(HOST.name, [HOST], _quiet)
    after = place.KNOWN_HOSTS.read_text().splitlines()
    changed = [line.split()[0] for line in after if line not in before]
    assert changed == [HOST.address]
    assert len(after) == len(before)
    assert shell("ls /etc/gone 2>/dev/null || true") == ""


def test_reset_of_a_host_that_is_not_there_is_refused() -> None:
    with pytest.raises(LabError, match=r"no lab host gpu-9.*test-1"):
        lab.reset("gpu-9", [HOST], _quiet)


def test_a_removed_host_leaves_nothing(shell: Shell, lock_path: Path) -> None:
    shell("true")
    hosts.remove(HOST.name)
    assert not host.folder(HOST.name).exists()
    assert mounts.mounted(Path("/proc/self/mounts").read_text(), under=host.folder(HOST.name)) == ()
    assert not (network.NAMESPACES / network.namespace_of(HOST.name)).exists()
    assert [group for group in cgroups.of_host(HOST.name) if group.exists()] == []
    assert f"{HOST.address} " not in place.KNOWN_HOSTS.read_text()
    lab.up([HOST], lock_path=lock_path, say=_quiet)


def _wait_for_end(handle: int) -> None:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    assert poll.poll(30_000)
    os.close(handle)
