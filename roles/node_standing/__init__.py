"""A node tells its balancers which boot it is, what it is promised, and whether it passed."""

from infra.role import Role
from roles.node_standing.settings import NodeStandingSettings

ROLE = Role("node_standing", settings=NodeStandingSettings)
