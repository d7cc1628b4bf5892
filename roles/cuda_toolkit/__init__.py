"""CUDA's compilers and libraries at one exact version, without the driver that they came with."""

from infra.role import Role
from roles.cuda_toolkit.settings import CudaToolkitSettings

ROLE = Role("cuda_toolkit", settings=CudaToolkitSettings)
