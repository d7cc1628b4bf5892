"""What GPUs tell each other is proven by data before an engine relies on it."""

from infra.role import Role
from roles.gpu_interconnect.settings import GpuInterconnectSettings

ROLE = Role("gpu_interconnect", settings=GpuInterconnectSettings)
