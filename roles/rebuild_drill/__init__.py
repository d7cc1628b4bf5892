"""Proof that the node can be rebuilt from clean within its time: its newest drill's record."""

from infra.role import Role
from roles.rebuild_drill.settings import RebuildDrillSettings

ROLE = Role("rebuild_drill", settings=RebuildDrillSettings, gates=False)
