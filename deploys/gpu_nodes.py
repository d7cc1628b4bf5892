"""Nodes that serve a model on GPUs."""

ROLES = (
    "base_system",
    "host_firewall",
    "gpu_driver",
    "container_runtime",
    "model_cache",
    "inference_engine",
)
