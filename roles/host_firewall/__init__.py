"""A firewall of its own table: what a role listens on is open to whom it serves, nothing else."""

from infra.role import Role
from roles.host_firewall.settings import HostFirewallSettings

ROLE = Role("host_firewall", settings=HostFirewallSettings)
