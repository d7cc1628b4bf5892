"""The system under everything else: packages, time, people, kernel parameters, journal, SSH."""

from infra.role import Role
from roles.base_system.settings import BaseSystemSettings

ROLE = Role("base_system", settings=BaseSystemSettings)
