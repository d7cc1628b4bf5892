"""Recorded with `ip -4 -json address` and `ip -4 -json route`, cut to the fields that count."""

from typing import Any

from infra.lab.network import conflicts

LAB_ADDRESS = {"ifname": "infralab0", "addr_info": [{"local": "10.77.0.1", "prefixlen": 24}]}
UPLINK_ADDRESS = {"ifname": "eth0", "addr_info": [{"local": "192.0.2.2", "prefixlen": 24}]}
ROUTES: list[dict[str, Any]] = [
    {"dst": "default", "gateway": "192.0.2.1", "dev": "eth0", "flags": []},
    {"dst": "10.77.0.0/24", "dev": "infralab0", "prefsrc": "10.77.0.1", "flags": []},
    {"type": "unreachable", "dst": "10.77.0.0/24", "metric": 4278198272, "flags": []},
    {"dst": "192.0.2.0/24", "dev": "eth0", "prefsrc": "192.0.2.2", "flags": []},
]


def test_the_labs_own_network_is_no_conflict() -> None:
    assert conflicts([LAB_ADDRESS, UPLINK_ADDRESS], ROUTES) == ()


def test_a_foreign_address_in_the_subnet_is_told_with_its_interface() -> None:
    foreign = {"ifname": "br9", "addr_info": [{"local": "10.77.0.77", "prefixlen": 25}]}
    assert conflicts([foreign], []) == ("interface br9 has 10.77.0.77",)


def test_a_foreign_route_inside_the_subnet_is_told() -> None:
    routes = [*ROUTES, {"dst": "10.77.0.64/26", "dev": "tun0"}, {"dst": "10.77.0.9", "dev": "tun0"}]
    assert conflicts([], routes) == (
        "route 10.77.0.64/26 leads to tun0",
        "route 10.77.0.9 leads to tun0",
    )


def test_a_wider_route_is_no_conflict_since_the_labs_is_narrower() -> None:
    assert conflicts([], [{"dst": "10.0.0.0/8", "dev": "tun0"}]) == ()
