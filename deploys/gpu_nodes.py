"""Nodes that serve a model on GPUs."""

ROLES = (
    "base_system",
    "host_firewall",
    "pcie_topology",
    "gpu_driver",
    "cuda_toolkit",
    "container_runtime",
    "gpu_interconnect",
    "model_cache",
    "inference_engine",
)
OPTIONAL = ("cuda_toolkit",)
