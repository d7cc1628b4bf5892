"""What is true of a host whose firewall keeps its promise."""

import pytest
from testinfra.host import Host

from infra import observed
from roles.host_firewall import foreign, probe, ruleset, standing
from roles.host_firewall.settings import HostFirewallSettings

_CLOSED = 9
"""A port that nobody opens: without a firewall it is refused, with one it is silent."""


def _lines(host: Host, command: str) -> list[str]:
    return str(host.run(command).stdout).splitlines()


def check_rules_are_those_promised(host: Host, settings: HostFirewallSettings) -> None:
    """The rules in force are exactly those that the inventory comes to."""
    found = host.run(f"cat {ruleset.PROMISED}; echo; {standing.COMMAND}")
    written, lines = str(found.stdout), str(found.stdout).splitlines()
    assert written.startswith(ruleset.text(settings)), (
        f"{ruleset.PROMISED} is not what the inventory comes to; deploy"
    )
    assert standing.parse(lines).loaded, (
        "nft list table inet infra differs from what is promised: someone changed it; deploy"
    )


def check_rules_are_loaded_at_boot(host: Host, settings: HostFirewallSettings) -> None:
    """nftables' service loads the proven rules at every boot."""
    found = standing.parse(_lines(host, standing.COMMAND))
    assert found.kept, f"{ruleset.KEPT} is not {ruleset.PROMISED}: new rules were never proven"
    assert found.at_boot, f"{standing.UNIT} is not enabled, or systemd has not read its files"


def check_nothing_flushes_the_ruleset(host: Host, settings: HostFirewallSettings) -> None:
    """No other firewall is active, and nftables' service touches our table alone."""
    lines = _lines(host, f"{foreign.COMMAND}; {foreign.SERVICE_COMMAND}")
    others = foreign.parse(lines).firewalls
    assert not others, f"{', '.join(others)}: active beside ours"
    strays = foreign.strays(lines, kept=ruleset.KEPT)
    assert not strays, f"{standing.UNIT} runs {'; '.join(strays)}, which is not our table's alone"


def check_unopened_ports_are_silent(host: Host, settings: HostFirewallSettings) -> None:
    """A stranger gets no answer but from the ports open to all, published by Docker or not."""
    lines = _lines(host, probe.REACHABLE_COMMAND)
    address = probe.parse_address(lines, container_interfaces=settings.container_interfaces)
    if address is None:
        pytest.skip("the host has no IPv4 address at which a stranger could knock")
    ports = sorted({*probe.parse_ports(lines), _CLOSED})
    found = probe.parse(_lines(host, probe.command(address, ports=ports)))
    if set(found) != set(ports):
        pytest.skip("no stranger could be made: no network namespace with links of its own")
    welcome = ruleset.open_to_all(settings)
    answered = [port for port in ports if port not in welcome and found[port] != "silent"]
    assert not answered, f"answered a stranger: {', '.join(map(str, answered))}"


def check_ssh_can_be_reached(host: Host, settings: HostFirewallSettings) -> None:
    """The port that the rules open for SSH is the one on which sshd listens."""
    lines = _lines(host, f"{ruleset.LIST}; ss -Hltn | sed 's/^/listening /'")
    rule = f'tcp dport {settings.ssh_port} accept comment "SSH"'
    assert any(rule in line for line in lines), f"no rule in force opens SSH: {rule}"
    assert settings.ssh_port in probe.parse_ports(lines), (
        f"nothing listens on port {settings.ssh_port}; give host_firewall.ssh_port"
    )


def check_docker_keeps_its_rules(host: Host, settings: HostFirewallSettings) -> None:
    """Where Docker runs, its own rules for containers are in force beside ours."""
    asked = observed.unit_command("docker.service")
    rules = (
        "iptables -t nat -S PREROUTING; iptables -S FORWARD; grep -s iptables /etc/docker/*.json"
    )
    lines = _lines(host, f"{asked}; {rules}")
    if observed.parse_unit(lines).active != "active":
        return
    if any('"iptables"' in line and "false" in line for line in lines):
        pytest.skip("Docker is told to make no rules (iptables: false)")
    missing = [chain for chain in ("PREROUTING", "FORWARD") if not _jumps(lines, chain)]
    assert not missing, (
        f"no rule of Docker's in {', '.join(missing)}: something flushed them; "
        "systemctl restart docker"
    )


def _jumps(lines: list[str], chain: str) -> bool:
    return any(line.startswith(f"-A {chain} ") and "-j DOCKER" in line for line in lines)
