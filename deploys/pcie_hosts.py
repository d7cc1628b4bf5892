"""Hosts whose GPUs' lanes are watched, and whose driver is left alone."""

ROLES = ("pcie_topology",)
