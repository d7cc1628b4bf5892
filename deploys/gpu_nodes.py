"""Nodes that serve a model on GPUs."""

ROLES = (
    "base_system",
    "gpu_driver",
    "container_runtime",
    "model_cache",
    "inference_engine",
)
