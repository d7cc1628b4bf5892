from roles.load_balancer import rotation
from roles.load_balancer.settings import LoadBalancerSettings


def test_pools_are_the_nodes_of_each_model(two_models: LoadBalancerSettings) -> None:
    assert rotation.pools(two_models) == {"small": ("gpu-1", "gpu-2"), "org/big.v2": ("gpu-3",)}


def test_the_policy_is_what_the_settings_say(settings: LoadBalancerSettings) -> None:
    given = {"max_unavailable": 2, "drain_seconds": 9, "maintenance_windows": ("02:00-06:00 UTC",)}
    found = rotation.policy(settings.model_copy(update=given))
    assert (found.max_unavailable, found.drain_seconds) == (2, 9)
    assert found.maintenance_windows == ("02:00-06:00 UTC",)
