"""Hosts that spread requests over the nodes that serve."""

ROLES = ("base_system", "host_firewall", "load_balancer", "health_watch")
