"""One module for each kind of output; a module is found by its presence here."""

import importlib
import pkgutil
from functools import cache
from typing import Protocol, cast

from roles.pcie_topology.explain.judgement import Judgement

PRECEDENCE = (
    "smi_help",
    "dcgm_diag",
    "nvbandwidth",
    "p2p_bandwidth",
    "bandwidth_test",
    "dcgm_exporter",
    "dcgmi_nvlink",
    "nccl_topo",
    "smi_xml",
    "topo_p2p",
    "topo_matrix",
    "smi_version",
    "smi_query",
    "smi_table",
    "nvlink",
    "smi_csv",
    "gpu_list",
    "lspci_verbose",
    "lspci_tree",
    "lspci_list",
    "link_sysfs",
    "proc_version",
    "fabric_manager_log",
    "kernel_log",
    "smi_error",
)
"""Module names: of several readers that match, the first judges; unlisted ones come last."""


class Reader(Protocol):
    """What a module here offers; the text comes without escape codes, CRs and byte order marks."""

    KIND: str

    def matches(self, text: str) -> bool:
        """Whether the text is of this kind."""
        ...

    def judge(self, text: str) -> Judgement:
        """What the text says, never better than what it shows; it raises on no text."""
        ...


@cache
def readers() -> tuple[Reader, ...]:
    """Every reader, in the order in which they are asked."""
    names = sorted((found.name for found in pkgutil.iter_modules(__path__)), key=_rank)
    modules = (importlib.import_module(f"{__name__}.{name}") for name in names)
    return tuple(cast(Reader, module) for module in modules if hasattr(module, "KIND"))


def _rank(name: str) -> tuple[int, str]:
    return (PRECEDENCE.index(name) if name in PRECEDENCE else len(PRECEDENCE), name)
