"""The engine of infra; it names no role."""
