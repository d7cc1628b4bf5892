"""How one concern of a host is configured: one folder each."""
