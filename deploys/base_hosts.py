"""Hosts that are only made orderly: before their GPUs arrive, or beside the rack."""

ROLES = ("base_system", "host_firewall")
