"""The NVIDIA driver at one exact version: installed, held, pinned and loaded."""

from infra.role import Role
from roles.gpu_driver.settings import GpuDriverSettings

ROLE = Role("gpu_driver", settings=GpuDriverSettings)
