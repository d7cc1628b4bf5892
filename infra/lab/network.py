"""The lab's network: namespaces, one bridge, and an end of it in the machine's own shell.

The bridge lives in the namespace of the lab's services, where no firewall of the machine sees what
hosts say to each other; the machine itself has one address in the subnet.
"""

import ipaddress
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from infra.lab import place
from infra.lab.shell import LabError, run
from infra.lab.spec import LabHost

NAMESPACES = Path("/run/netns")
_BRIDGE_INSIDE = "bridge"
_MACHINE_INSIDE = "machine"
_WORST_METRIC = "4278198272"
_SUBNET = ipaddress.ip_network(place.SUBNET)
_LENGTH = _SUBNET.prefixlen


def namespace_of(name: str) -> str:
    """Name of the network namespace of a host."""
    return f"infra-lab-{name}"


def up(hosts: Sequence[LabHost]) -> None:
    """Have the network of the services and of every host, making what is missing.

    Raises LabError when the subnet is taken by something else on this machine.
    """
    refuse_conflicts()
    # Behind the bridge's own route: while the lab is down nothing leaves for its addresses
    run(["ip", "route", "replace", "unreachable", place.SUBNET, "metric", _WORST_METRIC])
    _services_up()
    inside = _links(place.SERVICES_NAMESPACE)
    for host in hosts:
        if host.kind == "container":
            _host_up(host, inside)


def down() -> None:
    """Remove every namespace, link and route of the lab."""
    for namespace in NAMESPACES.glob(namespace_of("*")):
        _remove_namespace(namespace)
    run(["ip", "link", "delete", place.BRIDGE], check=False)
    gone = ["ip", "route", "delete", "unreachable", place.SUBNET, "metric", _WORST_METRIC]
    run(gone, check=False)


def link_of(host: LabHost) -> str:
    """Name of the bridge's end of a host's link."""
    return f"host{host.address.rpartition('.')[2]}"


def mac_of(host: LabHost) -> str:
    """Link address of a host."""
    return _mac(host.address)


def among_services() -> tuple[str, ...]:
    """Words before a command that let it run in the namespace of the bridge."""
    return ("nsenter", f"--net={NAMESPACES / place.SERVICES_NAMESPACE}")


def plug(host: LabHost) -> None:
    """Put the link of an emulated host on the bridge; its emulator has made it."""
    _ip(place.SERVICES_NAMESPACE, "link", "set", link_of(host), "master", _BRIDGE_INSIDE, "up")


def remove(name: str) -> None:
    """Remove the network of one host."""
    _remove_namespace(NAMESPACES / namespace_of(name))


def refuse_conflicts() -> None:
    """Raise LabError when an interface or a route of this machine uses the lab's subnet."""
    addresses = json.loads(run(["ip", "-4", "-json", "address"]))
    routes = json.loads(run(["ip", "-4", "-json", "route"]))
    found = conflicts(addresses, routes)
    if found:
        raise LabError(
            f"the lab needs {place.SUBNET}, which this machine uses: {'; '.join(found)}. "
            "Take that away, then run the command again"
        )


def conflicts(addresses: Sequence[Any], routes: Sequence[Any]) -> tuple[str, ...]:
    """Who else uses the lab's subnet, from `ip -json address` and `ip -json route`."""
    return (*_foreign_addresses(addresses), *_foreign_routes(routes))


def _foreign_addresses(links: Sequence[Any]) -> Iterator[str]:
    for link in links:
        for address in link.get("addr_info", ()):
            ours = link["ifname"] == place.BRIDGE
            if not ours and ipaddress.ip_address(address["local"]) in _SUBNET:
                yield f"interface {link['ifname']} has {address['local']}"


def _foreign_routes(routes: Sequence[Any]) -> Iterator[str]:
    for route in routes:
        ours = route.get("dev") == place.BRIDGE or route.get("type") == "unreachable"
        if ours or route["dst"] == "default":
            continue
        if ipaddress.ip_network(route["dst"]).subnet_of(_SUBNET):  # type: ignore[arg-type]
            yield f"route {route['dst']} leads to {route.get('dev', 'elsewhere')}"


def _services_up() -> None:
    namespace = place.SERVICES_NAMESPACE
    _add_namespace(namespace)
    if _BRIDGE_INSIDE not in _links(namespace):
        # As in a rack, where a switch answers at once: no spanning tree, no waiting
        kind = ("type", "bridge", "forward_delay", "0")
        # Of its own: else it takes a port's, and is not found for a while when that host goes
        own = ("address", _mac(place.SERVICES_ADDRESS))
        _ip(namespace, "link", "add", _BRIDGE_INSIDE, *own, *kind)
    _ip(namespace, "address", "replace", f"{place.SERVICES_ADDRESS}/{_LENGTH}", "dev", "bridge")
    _ip(namespace, "link", "set", _BRIDGE_INSIDE, "up")
    if _MACHINE_INSIDE not in _links(namespace):
        # What is left of an end whose other half is gone
        run(["ip", "link", "delete", place.BRIDGE], check=False)
        peer = ("peer", "name", _MACHINE_INSIDE, "netns", namespace)
        run(["ip", "link", "add", place.BRIDGE, "type", "veth", *peer])
    _ip(namespace, "link", "set", _MACHINE_INSIDE, "master", _BRIDGE_INSIDE, "up")
    run(["ip", "address", "replace", f"{place.BRIDGE_ADDRESS}/{_LENGTH}", "dev", place.BRIDGE])
    run(["ip", "link", "set", place.BRIDGE, "up"])


def _host_up(host: LabHost, inside: frozenset[str]) -> None:
    namespace, link = namespace_of(host.name), link_of(host)
    _add_namespace(namespace)
    if link not in inside:
        _ip(namespace, "link", "delete", "eth0", check=False)
        peer = ("peer", "name", "eth0", "netns", namespace)
        _ip(place.SERVICES_NAMESPACE, "link", "add", link, "type", "veth", *peer)
    _ip(place.SERVICES_NAMESPACE, "link", "set", link, "master", _BRIDGE_INSIDE, "up")
    _ip(namespace, "address", "replace", f"{host.address}/{_LENGTH}", "dev", "eth0")
    _ip(namespace, "link", "set", "eth0", "address", _mac(host.address), "up")


def _mac(address: str) -> str:
    """A host's own link address, so that neighbours find it again after it was made anew."""
    return "02:" + ":".join(f"{part:02x}" for part in (0, *ipaddress.ip_address(address).packed))


def _add_namespace(name: str) -> None:
    path = NAMESPACES / name
    if not os.path.ismount(path):
        # A file without its mount is what an interrupted start left
        path.unlink(missing_ok=True)
        run(["ip", "netns", "add", name])
    _ip(name, "link", "set", "lo", "up")


def _remove_namespace(path: Path) -> None:
    if os.path.ismount(path):
        run(["ip", "netns", "delete", path.name])
    path.unlink(missing_ok=True)


def _links(namespace: str) -> frozenset[str]:
    listing = json.loads(run(["ip", "-n", namespace, "-json", "link"]))
    return frozenset(link["ifname"] for link in listing)


def _ip(namespace: str, *args: str, check: bool = True) -> None:
    run(["ip", "-n", namespace, *args], check=check)
