"""What the host's package sources offer of a driver, and the source that infra adds."""
