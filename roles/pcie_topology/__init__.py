"""PCIe as GPUs need it: every card in its slot, all lanes, no redirection, no growing errors."""

from infra.role import Role
from roles.pcie_topology.settings import PcieTopologySettings

ROLE = Role("pcie_topology", settings=PcieTopologySettings)
