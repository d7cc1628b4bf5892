"""The table: which rules the settings come to, as text for nft."""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from infra import templates
from infra.opening import Opening
from roles.host_firewall.settings import HostFirewallSettings

PROMISED = "/var/lib/infra/host_firewall/rules.nft"
"""The rules that are promised; they are on trial until they are KEPT."""
KEPT = "/etc/infra/firewall.nft"
"""The rules that were proven: what a boot, a reload or a restart loads."""
CLEAR = "add table inet infra; delete table inet infra"
"""Words for nft that take our table away, whether it is there or not."""
LIST = "nft -s list table inet infra"
"""Shell text that prints the loaded table without its counters."""
LIST_PROMISED = f"unshare -n sh -c 'nft -f {PROMISED} && {LIST}'"
"""Shell text that prints the promised rules as nft lists them: loaded where nobody sees it."""

_STRANGE = re.compile(r"[^A-Za-z0-9 ._:,/()+-]")


@dataclass(frozen=True)
class Rule:
    """One rule that accepts: what it matches, and what for."""

    match: str
    what: str


def text(settings: HostFirewallSettings) -> str:
    """Text of the whole table, which replaces the loaded one in one transaction."""
    return templates.render(
        "host_firewall/rules.nft.j2",
        rules=tuple(rules(settings)),
        interfaces=settings.container_interfaces,
        log=settings.log_drops,
    )


def rules(settings: HostFirewallSettings) -> Iterator[Rule]:
    """The rules that open something: SSH first, then the roles', then the inventory's own."""
    for opening in openings(settings):
        yield from _rules_of(opening)


def openings(settings: HostFirewallSettings) -> tuple[Opening, ...]:
    """All that is open, and to whom."""
    ssh = Opening(port=settings.ssh_port or 22, sources=settings.ssh_sources, what="SSH")
    extra = (
        Opening(port=one.port, protocol=one.protocol, sources=one.sources, what=one.what)
        for one in settings.openings
    )
    return (ssh, *settings.services, *extra)


def open_to_all(settings: HostFirewallSettings) -> set[int]:
    """TCP ports that everyone may reach."""
    return {one.port for one in openings(settings) if one.protocol == "tcp" and _is_everyone(one)}


def _is_everyone(opening: Opening) -> bool:
    return not opening.sources or any(source.endswith("/0") for source in opening.sources)


def _rules_of(opening: Opening) -> Iterator[Rule]:
    port = f"{opening.protocol} dport {opening.port}"
    what = _STRANGE.sub("_", opening.what)[:100]
    if not opening.sources:
        yield Rule(port, what)
        return
    for family, version in (("ip", 4), ("ip6", 6)):
        found = ", ".join(_merged(opening.sources, version=version))
        if found:
            yield Rule(f"{family} saddr {{ {found} }} {port}", what)


def _merged(sources: Iterable[str], *, version: int) -> list[str]:
    """nft takes no set whose members overlap."""
    found = [ipaddress.ip_network(source) for source in sources]
    four = [network for network in found if isinstance(network, ipaddress.IPv4Network)]
    six = [network for network in found if isinstance(network, ipaddress.IPv6Network)]
    merged = ipaddress.collapse_addresses(four) if version == 4 else None
    networks = merged if merged is not None else ipaddress.collapse_addresses(six)
    return [_spoken(network) for network in networks]


def _spoken(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> str:
    alone = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if alone else str(network)
