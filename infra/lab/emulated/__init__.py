"""Lab hosts of the second kind: whole machines in software, with kernel, PCIe tree and reboot."""
