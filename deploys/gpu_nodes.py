"""Nodes that serve a model on GPUs."""

ROLES = (
    "base_system",
    "host_firewall",
    "node_standing",
    "pcie_topology",
    "gpu_driver",
    "cuda_toolkit",
    "container_runtime",
    "gpu_interconnect",
    "model_cache",
    "inference_engine",
    "rebuild_drill",
)
OPTIONAL = ("cuda_toolkit",)
