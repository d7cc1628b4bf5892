"""One address for every node that serves."""

from infra.role import Role
from roles.load_balancer.settings import LoadBalancerSettings

ROLE = Role("load_balancer", settings=LoadBalancerSettings)
