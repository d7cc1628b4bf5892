"""The driver's set of packages on a host: simulated, fetched, moved, held, pinned."""
