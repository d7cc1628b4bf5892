from pathlib import Path

import pytest

from roles.base_system import parameters

RECORDED = Path(__file__).parent / "recorded" / "sysctl-cat-config.txt"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("vm.swappiness", "vm/swappiness"),
        ("vm/swappiness", "vm/swappiness"),
        ("net.ipv4.conf.eth0/100.rp_filter", "net/ipv4/conf/eth0.100/rp_filter"),
        ("net/ipv4/conf/eth0.100/rp_filter", "net/ipv4/conf/eth0.100/rp_filter"),
    ],
)
def test_the_first_separator_decides_what_a_dot_means(name: str, path: str) -> None:
    assert parameters.path_of(name) == path


def test_running_values_are_read_without_their_tabs() -> None:
    lines = ["vm.swappiness=60", "net.ipv4.tcp_rmem=4096\t131072 \t33554432", "noise"]
    assert parameters.parse(lines) == {
        "vm.swappiness": "60",
        "net.ipv4.tcp_rmem": "4096 131072 33554432",
    }


def test_only_what_differs_is_applied() -> None:
    wanted = {"vm.swappiness": "10", "vm.max_map_count": "1048576"}
    running = {"vm.swappiness": "60", "vm.max_map_count": "1048576"}
    assert parameters.differing(wanted, running=running) == {"vm.swappiness": "10"}
    assert parameters.differing(wanted, running=wanted) == {}


def test_the_roles_own_parameter_may_be_unknown_to_a_kernel_the_inventorys_may_not() -> None:
    wanted = {"kernel.numa_balancing": "0", "kernel.nonsense": "1"}
    assert parameters.differing(wanted, running={}) == {"kernel.nonsense": "1"}


def test_the_last_file_wins_at_boot() -> None:
    boot = parameters.parse_boot(RECORDED.read_text().splitlines())
    assert boot["vm/swappiness"] == "10"
    assert boot["kernel/pid_max"] == "4194304"
    later = ["vm.swappiness = 10", "# vm.swappiness = 1", "; x = 2", "-vm/swappiness=60", ""]
    assert parameters.parse_boot(later) == {"vm/swappiness": "60"}


def test_commands_quote_what_they_are_given() -> None:
    assert "'/proc/sys/vm/a b'" in parameters.command(("vm.a b",))
    applied = parameters.apply_command({"vm.swappiness": "1 2"})
    assert applied.startswith("set -f; /lib/systemd/systemd-sysctl /etc/sysctl.d/60-infra.conf; ")
    assert "'1 2'" in applied
