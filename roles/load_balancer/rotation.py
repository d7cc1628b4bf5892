"""What a balancer says of rotation: how nodes may be taken out, and which serve what."""

from collections.abc import Mapping

from infra.rotation import Policy
from roles.load_balancer.settings import LoadBalancerSettings


def policy(settings: LoadBalancerSettings) -> Policy:
    """How this balancer's nodes may be taken out."""
    return Policy(
        max_unavailable=settings.max_unavailable,
        drain_seconds=settings.drain_seconds,
        maintenance_windows=settings.maintenance_windows,
    )


def pools(settings: LoadBalancerSettings) -> Mapping[str, tuple[str, ...]]:
    """Names of the nodes that serve each model, in the inventory's order."""
    models = dict.fromkeys(target.model for target in settings.targets)
    return {
        model: tuple(target.node for target in settings.targets if target.model == model)
        for model in models
    }
