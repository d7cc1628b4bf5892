"""Docker with NVIDIA's container toolkit: containers get GPUs and keep them."""

from infra.role import Role
from roles.container_runtime.settings import ContainerRuntimeSettings

ROLE = Role("container_runtime", settings=ContainerRuntimeSettings)
