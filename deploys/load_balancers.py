"""Hosts that spread requests over the nodes that serve."""

ROLES = ("base_system", "load_balancer")
