"""Watches the engines by their tokens: who is dead or hung goes out of rotation, and comes back."""

from infra.role import Role
from roles.health_watch.settings import HealthWatchSettings

ROLE = Role("health_watch", settings=HealthWatchSettings)
